import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { LanguageModel } from "../../lib/model/language-model.ts";
import type { TrainInput } from "../../lib/train/train.ts";

const tokenizers = path.resolve(import.meta.dirname, "../golden/tokenizers");

function copyTokenizer(
  kind: "opt" | "llama",
  folder: string,
): { vocabSize: number; idOf: (t: string) => number } {
  const from = path.join(tokenizers, kind);
  for (const name of readdirSync(from).filter((file) => file !== "expected.json")) {
    copyFileSync(path.join(from, name), path.join(folder, name));
  }
  const { model, added_tokens: added } = JSON.parse(
    readFileSync(path.join(from, "tokenizer.json"), "utf8"),
  ) as {
    model: { vocab: Record<string, number> };
    added_tokens: { id: number; content: string }[];
  };
  const ids = { ...model.vocab, ...Object.fromEntries(added.map(({ id, content }) => [content, id])) };
  return { vocabSize: Math.max(...Object.values(ids)) + 1, idOf: (token) => ids[token] as number };
}

async function makeModel(folder: string, kind: "opt" | "llama", config: object, seed: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { vocabSize, idOf } = copyTokenizer(kind, folder);
  const ids =
    kind === "opt"
      ? { pad_token_id: idOf("<pad>"), bos_token_id: idOf("</s>"), eos_token_id: idOf("</s>") }
      : { bos_token_id: idOf("<|begin_of_text|>"), eos_token_id: idOf("<|eot_id|>") };
  const json = JSON.stringify({ model_type: kind, vocab_size: vocabSize, ...ids, ...config });
  const model = await LanguageModel.create(json, { seed });
  await model.save(folder);
  await model.dispose();
}

const WORDS = "the dog ran to a big garden and she said it was cold so we went home with him again".split(
  " ",
);

/** Five alternating turns whose words depend on the number only. */
function dialogue(number: number): string {
  const turn = (at: number): string => {
    const speaker = at % 2 === 0 ? "A" : "B";
    const words = Array.from(
      { length: 5 + ((number + at) % 4) },
      (_, i) => WORDS[(number * 7 + at * 3 + i) % 20],
    );
    return `${speaker}:: ${words.join(" ")}.`;
  };
  return [0, 1, 2, 3, 4].map(turn).join("\n");
}

/** A folder with a tiny random child and teacher and a file of dialogues. */
export interface TinyProject {
  readonly root: string;
  readonly child: string;
  readonly teacher: string;
  readonly data: string;
}

export async function tinyProject(dialogues = 24): Promise<TinyProject> {
  const root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-train-"));
  const project = {
    root,
    child: path.join(root, "child"),
    teacher: path.join(root, "teacher"),
    data: path.join(root, "dialogues.csv"),
  };
  const size = {
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 1024,
  };
  await makeModel(project.child, "opt", { ...size, ffn_dim: 32, word_embed_proj_dim: 16 }, 1);
  await makeModel(project.teacher, "llama", { ...size, intermediate_size: 32, num_key_value_heads: 1 }, 2);
  const rows = Array.from({ length: dialogues }, (_, number) => `d${number},"${dialogue(number)}"`);
  writeFileSync(project.data, `Filename,text\n${rows.join("\n")}\n`);
  return project;
}

/** Options of a short run; preset `original` needs no corpus statistics. */
export function tinyRun(project: TinyProject, name: string, more: TrainInput = {}): TrainInput {
  return {
    child: project.child,
    teacher: project.teacher,
    data: project.data,
    outputDir: path.join(project.root, name),
    scorePreset: "original",
    batchSize: 4,
    ppoEpochs: 2,
    maxNewTokens: 8,
    learningRate: 1e-3,
    threads: 1,
    device: "cpu",
    ...more,
  };
}
