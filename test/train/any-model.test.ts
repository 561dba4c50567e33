import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../lib/evaluate/evaluate.ts";
import { silentLogger } from "../../lib/log.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { readLogFile } from "../../lib/run/log-file.ts";
import type { SampleRecord, StepLog } from "../../lib/run/records.ts";
import { type TrainInput, train } from "../../lib/train/train.ts";
import { expectTrueDescription } from "../golden/saved-folder.ts";

const tokenizers = path.resolve(import.meta.dirname, "../golden/tokenizers");

const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** Copies a tokenizer, with the text of some of its tokens replaced, and returns the number of its ids. */
function copyTokenizer(kind: string, folder: string, renamed: [string, string][], config: object): number {
  mkdirSync(folder, { recursive: true });
  let text = readFileSync(path.join(tokenizers, kind, "tokenizer.json"), "utf8");
  for (const [from, to] of renamed) text = text.replaceAll(JSON.stringify(from), JSON.stringify(to));
  writeFileSync(path.join(folder, "tokenizer.json"), text);
  writeFileSync(path.join(folder, "tokenizer_config.json"), JSON.stringify(config));
  const { model, added_tokens: added } = JSON.parse(text);
  const ids = [...Object.values<number>(model.vocab), ...added.map(({ id }: { id: number }) => id)];
  return Math.max(...ids) + 1;
}

async function saveModel(folder: string, config: object, dtype: "float32" | "float16"): Promise<void> {
  await using model = await LanguageModel.create(JSON.stringify(config), { seed: 1, dtype });
  await model.save(folder);
}

/** Returns a file of conversations by role, one JSON object a line. */
function writeMessages(file: string): void {
  const words = "the dog ran to a big garden and she said it was cold so we went home with him again".split(
    " ",
  );
  const sentence = (at: number): string =>
    `${Array.from({ length: 6 + (at % 3) }, (_, i) => words[(7 * at + i) % 20]).join(" ")}.`;
  const lines = Array.from({ length: 30 }, (_, number) => {
    const messages = [0, 1, 2, 3].map((turn) => ({
      role: turn % 2 === 0 ? "user" : "assistant",
      content: sentence(5 * number + turn),
    }));
    return JSON.stringify({ id: `d${number}`, messages });
  });
  writeFileSync(file, `${lines.join("\r\n")}\r\n`);
}

let root: string;
let rows: number;
let ids: number;

beforeAll(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-any-"));
  ids = copyTokenizer("opt", path.join(root, "child"), [["</s>", "<|endoftext|>"]], {
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: "<|endoftext|>",
  });
  rows = 64 * Math.ceil((ids + 1) / 64);
  const child = new Map(
    Object.entries({ model_type: "gpt2", vocab_size: rows, n_embd: 16, n_layer: 2, n_head: 2 }),
  );
  const end = (await Tokenizer.load(path.join(root, "child"))).eosId;
  await saveModel(
    path.join(root, "child"),
    { ...Object.fromEntries(child), n_positions: 512, bos_token_id: end, eos_token_id: end },
    "float16",
  );
  const teacherIds = copyTokenizer(
    "llama",
    path.join(root, "teacher"),
    [
      ["<|start_header_id|>", "<|im_start|>"],
      ["<|eot_id|>", "<|im_end|>"],
    ],
    { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "<|im_end|>", chat_template: CHATML },
  );
  const teacherEnd = (await Tokenizer.load(path.join(root, "teacher"))).eosId;
  const size = { hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2 };
  await saveModel(
    path.join(root, "teacher"),
    {
      model_type: "qwen2",
      vocab_size: teacherIds,
      ...size,
      num_key_value_heads: 1,
      max_position_embeddings: 1024,
      eos_token_id: teacherEnd,
    },
    "float32",
  );
  writeMessages(path.join(root, "dialogues.jsonl"));
});

const input = (name: string, more: TrainInput = {}): TrainInput => ({
  child: path.join(root, "child"),
  teacher: path.join(root, "teacher"),
  data: path.join(root, "dialogues.jsonl"),
  outputDir: path.join(root, name),
  scorePreset: "original",
  minWords: 10,
  evalFraction: 0.2,
  batchSize: 4,
  ppoEpochs: 2,
  maxNewTokens: 12,
  learningRate: 1e-3,
  threads: 1,
  device: "cpu",
  steps: 4,
  ...more,
});

async function run(options: TrainInput): Promise<string> {
  for await (const _ of train(options));
  return options.outputDir as string;
}

const rewards = (folder: string): unknown[] =>
  readLogFile<StepLog>(path.join(folder, "training_log.jsonl"), silentLogger).map(
    ({ stats }) => stats["env/reward_mean"],
  );

describe("a GPT-2 child with a padded embedding in float16, a ChatML teacher of Qwen2, and JSON Lines", () => {
  it("trains, and resumes to the same weights", async () => {
    expect(rows - ids).toBeGreaterThan(0);
    const straight = await run(input("straight"));
    await run(input("parted", { stopAfter: 2 }));
    const parted = await run({ outputDir: path.join(root, "parted"), resume: true });
    expect(rewards(straight)).toHaveLength(4);
    expect(rewards(parted)).toEqual(rewards(straight));
    const weights = "checkpoint-step-4/child_model/model.safetensors";
    expect(readFileSync(path.join(parted, weights)).equals(readFileSync(path.join(straight, weights)))).toBe(
      true,
    );
    const first = readLogFile<StepLog>(path.join(straight, "training_log.jsonl"), silentLogger)[0];
    expect(first?.stats["objective/kl"]).toBe(0);
    const { turns } = readLogFile<SampleRecord>(
      path.join(straight, "samples.jsonl"),
      silentLogger,
    )[0] as SampleRecord;
    expect(turns.map(({ speaker }) => speaker)).toEqual(["user", "assistant", "user"]);
  });

  it("saves a child that describes itself and loads with its tokenizer", async () => {
    const saved = path.join(root, "straight/checkpoint-step-4/child_model");
    expectTrueDescription(saved, "float32");
    await using model = await LanguageModel.load(saved);
    expect(model.config).toMatchObject({ modelType: "gpt2", vocabSize: rows });
    const [before, after] = await Promise.all([path.join(root, "child"), saved].map(Tokenizer.load));
    expect(after?.encode("user:: hello")).toEqual(before?.encode("user:: hello"));
    expect(after?.vocabSize).toBe(ids);
  });

  it("is evaluated on the held-out dialogues", async () => {
    const { reward, dialogues } = await evaluate({ run: path.join(root, "straight") });
    expect(dialogues).toBeGreaterThan(0);
    expect(Number.isFinite(reward.difference)).toBe(true);
  });
});
