import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { isHeldOut } from "../../lib/data/split.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { LmTrainer } from "../../lib/model/lm-trainer.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { pretrain } from "../../lib/pretrain/pretrain.ts";
import { loadShape, shapeOf } from "../dialogue/chat-shapes.ts";
import { expectTrueDescription } from "../golden/saved-folder.ts";
import { logFigures, readLog, readWeights, TINY as TINY_MODEL, writeSmallCsv } from "./fixture.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "pretrain-"));
});
afterAll(() => rmSync(home, { recursive: true }));

const TINY = { ...TINY_MODEL, warmupSteps: 2 };
const SPLIT = { evalFraction: 0.2, seed: 3 };

const smallCsv = (rows: number): string => writeSmallCsv(home, rows);

describe("pretrain", () => {
  it("lowers the held-out perplexity, writes a model and a tokenizer that load, and stores the split", async () => {
    const output = path.join(home, "learns");
    const options = { ...TINY, ...SPLIT, data: smallCsv(40), output, steps: 30, learningRate: 0.01 };
    const result = await pretrain(options);
    expect(result).toMatchObject({ output, ending: "steps", steps: 30 });
    const measured = readLog(output).filter(({ type }) => type === "evaluation");
    // The predictions of an untrained model are nearly uniform.
    expect(Math.exp(measured[0]?.loss ?? 0)).toBeCloseTo(320, -1);
    expect(result.perplexity).toBeLessThan(200);
    const info = JSON.parse(readFileSync(path.join(output, "pretraining_info.json"), "utf8"));
    expect(info.split).toEqual(SPLIT);
    expect(info.data.training + info.data.heldOut).toBe(40);
    expect(readdirSync(output).filter((name) => name.includes("state"))).toEqual([
      "state-step-29",
      "state-step-30",
    ]);
    expectTrueDescription(output, "float32");
    const model = await LanguageModel.load(output);
    const tokenizer = await Tokenizer.load(output);
    expect(tokenizer.vocabSize).toBe(model.config.vocabSize);
    await model.dispose();
  });

  it("warns of a warm-up longer than the run, of a perplexity that is still falling, and of missing labels", async () => {
    const data = smallCsv(41);
    writeFileSync(data, readFileSync(data, "utf8").replace(/^(dialog_\w+(?:\.txt)?,"?)A::/m, "$1Dr. A::"));
    const told: string[] = [];
    const log = { info: () => {}, warn: (line: string) => void told.push(line) };
    const options = { ...TINY, ...SPLIT, data, output: path.join(home, "warned"), learningRate: 0.01 };
    await pretrain({ ...options, steps: 20, warmupSteps: 20 }, { log });
    expect(told).toHaveLength(3);
    expect(told[0]).toMatch(/small-41\.csv: 1 line has "::" after what is no label/);
    expect(told[1]).toMatch(/^--warmup-steps 20: the run has 20 steps/);
    expect(told[2]).toMatch(
      /^the held-out perplexity was still falling, from \d+\.\d at step 15 to \d+\.\d at step 20/,
    );
  });

  it("resumes bit for bit, dropout and variations included", async () => {
    const options = {
      ...TINY,
      ...SPLIT,
      data: smallCsv(40),
      steps: 9,
      evalInterval: 4,
      dropout: 0.1,
      augment: true,
    };
    const straight = path.join(home, "straight");
    await pretrain({ ...options, output: straight });
    const parts = path.join(home, "parts");
    // One stop is before the first measurement, the other after it.
    const early = await pretrain({ ...options, output: parts, stopAfter: 2 });
    expect(early).toMatchObject({ ending: "stopAfter", steps: 2, perplexity: null });
    const first = await pretrain({ output: parts, stopAfter: 4 }, { resume: true });
    expect(first).toMatchObject({ ending: "stopAfter", steps: 6 });
    // After a crash, the records since the last state are removed from the log.
    writeFileSync(path.join(parts, "pretraining_log.jsonl"), '{"type":"step","step":7,', { flag: "a" });
    const second = await pretrain({ output: parts }, { resume: true });
    expect(second).toMatchObject({ ending: "steps", steps: 9 });
    expect(logFigures(parts)).toEqual(logFigures(straight));
    expect(readWeights(parts).equals(readWeights(straight))).toBe(true);
    const other = path.join(home, "other-seed");
    await pretrain({ ...options, output: other, seed: 4 });
    expect(readWeights(other).equals(readWeights(straight))).toBe(false);
  });

  it("keeps the weights of the best measurement and stops without improvement", async () => {
    const output = path.join(home, "best");
    // With eight texts and a high learning rate, the model overfits within a few steps.
    const options = { ...TINY, ...SPLIT, evalFraction: 0.5, data: smallCsv(12), output };
    const result = await pretrain({
      ...options,
      steps: 200,
      evalInterval: 5,
      learningRate: 0.03,
      patience: 3,
    });
    expect(result.ending).toBe("patience");
    const measured = readLog(output).filter(({ type }) => type === "evaluation");
    const least = Math.min(...measured.map(({ loss }) => loss));
    expect(result.perplexity).toBe(Math.exp(least));
    expect(measured.at(-1)?.loss).toBeGreaterThan(least);
    expect(measured.at(-4)?.loss).toBe(least);
  });

  it("does not train on held-out text", async () => {
    const file = smallCsv(40);
    const options = { ...TINY, ...SPLIT, steps: 3 };
    await pretrain({ ...options, data: file, output: path.join(home, "whole") });
    // The same corpus with every held-out row's words changed gives the same tokenizer and the same weights.
    const changed = path.join(home, "changed.csv");
    const rows = readFileSync(file, "utf8").split(/\n(?=dialog_)/);
    const swap = (row: string): string =>
      isHeldOut(row.split(",")[0] ?? "", SPLIT) ? row.replace(/(?<=:: )\w+/g, "Zebra") : row;
    writeFileSync(changed, rows.map(swap).join("\n"));
    await pretrain({ ...options, data: changed, output: path.join(home, "changed") });
    for (const name of ["tokenizer.json", "model.safetensors"]) {
      const [a, b] = ["whole", "changed"].map((folder) => readFileSync(path.join(home, folder, name)));
      expect(a?.equals(b as Buffer)).toBe(true);
    }
    expect(logFigures(path.join(home, "whole")).at(-1)).not.toEqual(
      logFigures(path.join(home, "changed")).at(-1),
    );
  });

  it("trains a Llama on chats, and on packed paragraphs of a text file", async () => {
    const teacher = path.join(home, "teacher");
    const chat = {
      ...TINY,
      ...SPLIT,
      vocabSize: 600,
      architecture: "llama",
      chat: true,
      dtype: "float16",
      steps: 3,
    } as const;
    const result = await pretrain({ ...chat, data: smallCsv(20), output: teacher, batchSize: 4 });
    expect(Number.isFinite(result.perplexity)).toBe(true);
    expectTrueDescription(teacher, "float16");
    const model = await LanguageModel.load(teacher, { dtype: "float16" });
    expect([model.config.modelType, model.config.eosTokenIds.length]).toEqual(["llama", 2]);
    await model.dispose();
    const text = path.join(home, "plain.txt");
    writeFileSync(text, `It&#39;s late.\n\n${"The sun rose. It was late.\n\n".repeat(20)}`);
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
    const output = path.join(home, "packed");
    const size = { packed: true, rowTokens: 16, epochs: 1, batchSize: 2 };
    const packed = await pretrain({ ...TINY, data: text, output, ...size }, { log });
    expect(warnings).toContain(
      `${text}: HTML entities stand in 1 of 21 texts, such as "It&#39;s late." of paragraph 1; in Python ` +
        "html.unescape(text) replaces them",
    );
    expect(packed).toMatchObject({ ending: "steps", perplexity: null });
    expect(packed.steps).toBeGreaterThan(3);
  });

  it("trains a teacher in the chat form of a given tokenizer, and refuses a tokenizer without one", async () => {
    const tokenizer = await loadShape(shapeOf("smollm2"), { eos_token: "<|endoftext|>" });
    const output = path.join(home, "chatml");
    const chat = { ...TINY, ...SPLIT, architecture: "llama", chat: true, steps: 1, batchSize: 4 } as const;
    const given = { ...chat, data: smallCsv(20), tokenizer: tokenizer.directory, output };
    await pretrain({ ...given, rowTokens: 1024 });
    const { eos_token_id: ends } = JSON.parse(
      readFileSync(path.join(output, "generation_config.json"), "utf8"),
    );
    expect(ends).toEqual(["<|im_end|>", "<|endoftext|>"].map((token) => tokenizer.tokenToId(token)));
    const plain = await loadShape(shapeOf("smollm2"), { chat_template: undefined });
    const refused = path.join(home, "refused");
    const failed = pretrain({ ...given, tokenizer: plain.directory, output: refused });
    await expect(failed).rejects.toThrow(/no chat_template/);
    expect(existsSync(refused)).toBe(false);
  });

  it("stops at a signal with a state that can be resumed, and refuses to overwrite", async () => {
    const output = path.join(home, "signal");
    const options = { ...TINY, data: smallCsv(20), output, steps: 5 };
    const controller = new AbortController();
    const stopped = pretrain(options, {
      stop: controller.signal,
      onRecord: ({ step }) => step === 2 && controller.abort(),
    });
    const error = await stopped.catch((reason: unknown) => reason as Error & { code: string });
    expect(error).toMatchObject({ code: "ERR_ABORTED" });
    expect((error as Error).message).toContain("stopped at step 2");
    const now = new AbortController();
    const lost = pretrain(
      { ...options, output: path.join(home, "lost") },
      { signal: now.signal, onRecord: ({ step }) => step === 2 && now.abort() },
    );
    await expect(lost).rejects.toThrow(/aborted/);
    await expect(pretrain(options)).rejects.toThrow(/already holds/);
    const other = pretrain({ ...options, data: smallCsv(12) }, { resume: true });
    await expect(other).rejects.toThrow(/contents differ/);
    expect(await pretrain(options, { resume: true })).toMatchObject({ steps: 5, ending: "steps" });
    // A second call has nothing left to do.
    expect(await pretrain(options, { resume: true })).toMatchObject({ steps: 5, ending: "steps" });
  });

  it("leaves nothing when it ends before its first step, but files that were there", async () => {
    const output = path.join(home, "not-begun");
    const options = { ...TINY, data: smallCsv(12), steps: 5 };
    const aborted = AbortSignal.abort();
    await expect(pretrain({ ...options, output }, { signal: aborted })).rejects.toThrow(/aborted/);
    expect(existsSync(output)).toBe(false);
  });

  it("refuses a folder with files that it would write over, but uses a tokenizer that is named", async () => {
    const output = path.join(home, "taken");
    const options = { ...TINY, data: smallCsv(12), output, steps: 1 };
    const file = path.join(output, "tokenizer.json");
    mkdirSync(output);
    for (const name of ["tokenizer.json", "vocab.json", "generation_config.json"]) {
      writeFileSync(path.join(output, name), "mine");
      await expect(pretrain(options)).rejects.toMatchObject({
        code: "ERR_CONFIG",
        message: expect.stringContaining(`taken holds no model, but a ${name} that a run would write over;`),
      });
      expect(readdirSync(output)).toEqual([name]);
      expect(readFileSync(path.join(output, name), "utf8")).toBe("mine");
      rmSync(path.join(output, name));
    }
    // What a run leaves that the system ended before its first state was saved.
    writeFileSync(file, "of that run");
    writeFileSync(path.join(output, "pretraining_log.jsonl"), "");
    await pretrain(options);
    const other = path.join(home, "own-tokenizer");
    mkdirSync(other);
    copyFileSync(file, path.join(other, "tokenizer.json"));
    await pretrain({ ...options, output: other, tokenizer: other });
    expect(readdirSync(other)).toContain("model.safetensors");
    expect(readFileSync(path.join(other, "tokenizer.json"))).toEqual(readFileSync(file));
  });

  it("names the folder of temporary files when that cannot be used", async () => {
    const nowhere = path.join(home, "nowhere");
    vi.stubEnv("TMPDIR", nowhere);
    try {
      const run = pretrain({ ...TINY, data: smallCsv(12), output: path.join(home, "no-tmp") });
      await expect(run).rejects.toThrow(
        `the folder of temporary files, ${nowhere} (see TMPDIR), cannot be written: no such file or folder (ENOENT)`,
      );
      expect(existsSync(path.join(home, "no-tmp"))).toBe(false);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    [{ data: "nowhere.csv" }, /no such file/],
    [{ textColumn: "txt" }, /no column "txt"/],
    [{ vocabSize: 261, architecture: "llama" as const }, /at least 256/],
    [{ rowTokens: 2000 }, /exceeds the 1024 positions/],
    [{ size: "huge" }, /size "huge"/],
  ])("writes nothing when refusing %j", async (change, message) => {
    const output = path.join(home, "refused");
    await expect(pretrain({ ...TINY, data: smallCsv(12), output, ...change })).rejects.toThrow(message);
    expect(existsSync(output)).toBe(false);
  });
});

describe("the supervised step", () => {
  const config = JSON.stringify({
    model_type: "opt",
    vocab_size: 50,
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    ffn_dim: 32,
    max_position_embeddings: 64,
    word_embed_proj_dim: 16,
  });
  const rows = [3, 9, 6].map((length, row) =>
    Int32Array.from({ length }, (_, at) => 4 + ((at * 7 + row) % 40)),
  );

  it("ignores the padding of shorter rows", async () => {
    const model = await LanguageModel.create(config, { seed: 1, dtype: "float64" });
    const together = await model.negativeLogLikelihood(rows);
    const alone = await Promise.all(rows.map((row) => model.negativeLogLikelihood([row])));
    expect(together.tokens).toBe(2 + 8 + 5);
    expect(together.nats).toBeCloseTo(
      alone.reduce((sum, { nats }) => sum + nats, 0),
      9,
    );
    // This computes the loss from the log-probabilities of each position, independently of the trainer.
    const own = (await model.logProbs(rows))
      .flatMap((values) => [...values])
      .reduce((sum, value) => sum - value, 0);
    expect(together.nats).toBeCloseTo(own, 4);
    await model.dispose();
  });

  it("draws dropout by seed and step, keeps the mean, and accepts a learning rate", async () => {
    const losses = async (dropout: number, seed: number): Promise<number[]> => {
      const model = await LanguageModel.create(config, { seed: 1, trainable: true });
      const trainer = await LmTrainer.create(model, { dropout, seed, learningRate: 1e-9 });
      const seen: number[] = [];
      for (let step = 0; step < 3; step++) {
        const { loss, learningRate } = await trainer.step(rows, { plan: {} });
        expect(learningRate).toBe(1e-9);
        seen.push(loss);
      }
      await trainer.dispose();
      await model.dispose();
      return seen;
    };
    const dropped = await losses(0.3, 5);
    expect(await losses(0.3, 5)).toEqual(dropped);
    expect(await losses(0.3, 6)).not.toEqual(dropped);
    // At this rate the weights hardly change, so only the dropout draws differ between steps.
    expect(new Set(dropped).size).toBe(3);
    const [plain = 0] = await losses(0, 5);
    for (const loss of dropped) expect(Math.abs(loss - plain)).toBeLessThan(0.5);
    await expect(losses(0.95, 0)).rejects.toThrow(/dropout/);
  });
});
