import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadTrainingData } from "../../lib/data/training-data.ts";
import { silentLogger } from "../../lib/log.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { readStepLog } from "../../lib/run/records.ts";
import { train } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

let project: TinyProject;

beforeAll(async () => {
  project = await tinyProject();
});

/** Returns the perplexity of the last turns that fit the model's 1024 positions, and how many do not fit. */
async function perplexityOfLastTurns(
  model: LanguageModel,
  tokenizer: Tokenizer,
  texts: readonly string[],
): Promise<{ perplexity: number; tooLong: number }> {
  let [nats, tokens, tooLong] = [0, 0, 0];
  for (const text of texts) {
    const ids = tokenizer.encodePrompt(`${text}\n`);
    const start = tokenizer.encodePrompt(text.slice(0, text.lastIndexOf("::") + 2)).length;
    if (ids.length > 1024) {
      tooLong += 1;
      continue;
    }
    const [row] = await model.logProbs([ids]);
    for (let at = start; at < ids.length; at++) nats -= row?.[at - 1] as number;
    tokens += ids.length - start;
  }
  return { perplexity: Math.exp(nats / tokens), tooLong };
}

describe("--eval-interval", () => {
  it("measures the human turns that fit the child, and leaves out one that is too long", async () => {
    const data = path.join(project.root, "long-turns.csv");
    const rows = Array.from({ length: 24 }, (_, number) => {
      const last = number % 2 === 0 ? `it was cold ${number}.` : "and we ran home again ".repeat(300).trim();
      return `d${number},"A:: the dog ran to a garden ${number}.\nB:: ${last}"`;
    });
    writeFileSync(data, `Filename,text\n${rows.join("\n")}\n`);
    const split = { data, minWords: 1, maxWords: 2000, evalFraction: 0.4, seed: 0 };
    const { evaluation } = await loadTrainingData({ ...split, textColumn: "text" });
    const input = tinyRun(project, "long-turns", { ...split, steps: 1, evalInterval: 1, evalDialogues: 24 });
    for await (const _ of train(input));
    const root = input.outputDir as string;
    const [line] = readStepLog(path.join(root, "training_log.jsonl"), silentLogger);
    expect(line?.stats["eval/dialogues"]).toBe(evaluation.length);
    const folder = path.join(root, "checkpoint-step-1/child_model");
    const model = await LanguageModel.load(folder);
    const texts = [...evaluation].map(({ text }) => text);
    const expected = await perplexityOfLastTurns(model, await Tokenizer.load(folder), texts);
    await model.dispose();
    expect(expected.tooLong).toBeGreaterThan(0);
    expect(expected.tooLong).toBeLessThan(texts.length);
    expect(line?.stats["eval/perplexity"]).toBeCloseTo(expected.perplexity, 2);
  });
});
