import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { PpoTrainer } from "../../lib/model/ppo-trainer.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const MEBIBYTE = 2 ** 20;

/** A model of 8 MB: 2,000,000 parameters, nearly all of them in the embedding. */
const CONFIG = JSON.stringify({
  ...{ model_type: "opt", vocab_size: 31_000, hidden_size: 64, word_embed_proj_dim: 64, ffn_dim: 64 },
  ...{ num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 32 },
});

const row = (length: number, salt: number): Int32Array =>
  Int32Array.from({ length }, (_, at) => 5 + ((at * 7 + salt) % 900));

/** Number of times that each kind of work is done. What is kept each time would be 8 MB of weights or more: 1,200 MB. */
const TIMES = 150;

/** Mebibytes that the process may hold for its next work. */
const HELD = 80;

/** Returns by how many mebibytes the process grows while work is done {@link TIMES} times, after it was done a few times. */
async function growth(work: () => Promise<void>): Promise<number> {
  for (let warm = 0; warm < 3; warm++) await work();
  collectGarbage();
  const before = process.memoryUsage.rss();
  for (let done = 0; done < TIMES; done++) await work();
  collectGarbage();
  return (process.memoryUsage.rss() - before) / MEBIBYTE;
}

describe("the memory of the process", () => {
  it("does not grow with the number of models that were loaded and saved", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "dppo-growth-"));
    const made = await LanguageModel.create(CONFIG);
    await made.save(folder);
    await made.dispose();
    const load = async (): Promise<void> => {
      await using model = await LanguageModel.load(folder);
      expect(model.bytes).toBeGreaterThan(7 * MEBIBYTE);
    };
    expect(await growth(load)).toBeLessThan(HELD);
    rmSync(folder, { recursive: true });
  });

  it("does not grow with the number of steps", async () => {
    const child = await LanguageModel.create(CONFIG, { trainable: true, valueHead: true });
    const trainer = await PpoTrainer.create(child, { batchSize: 4, miniBatchSize: 4, ppoEpochs: 1 });
    const rows = [0, 1, 2, 3].map((salt) => row(6, salt));
    const step = async (): Promise<void> => {
      await trainer.step({ queries: rows, responses: rows, scores: Float32Array.of(1, 0, -1, 2) });
    };
    expect(await growth(step)).toBeLessThan(HELD);
    await trainer.dispose();
    await child.dispose();
  });
});
