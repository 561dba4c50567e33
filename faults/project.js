// A tiny child, a tiny teacher and a file of dialogues, with which a whole run takes seconds.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LanguageModel } from "../dist/index.js";

const tokenizers = path.resolve(import.meta.dirname, "../test/golden/tokenizers");

const SIZE = { hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 1024 };
const SHAPES = {
  opt: { ...SIZE, ffn_dim: 32, word_embed_proj_dim: 16 },
  llama: { ...SIZE, intermediate_size: 32, num_key_value_heads: 1 },
};

/** Copies the tokenizer of an architecture and returns the number of its ids and those of its special tokens. */
function copyTokenizer(kind, folder) {
  const from = path.join(tokenizers, kind);
  for (const name of readdirSync(from).filter((each) => each !== "expected.json")) {
    cpSync(path.join(from, name), path.join(folder, name));
  }
  const { model, added_tokens: added } = JSON.parse(readFileSync(path.join(from, "tokenizer.json"), "utf8"));
  const ids = { ...model.vocab, ...Object.fromEntries(added.map(({ id, content }) => [content, id])) };
  const special =
    kind === "opt"
      ? { pad_token_id: ids["<pad>"], bos_token_id: ids["</s>"], eos_token_id: ids["</s>"] }
      : { bos_token_id: ids["<|begin_of_text|>"], eos_token_id: ids["<|eot_id|>"] };
  return { vocab_size: Math.max(...Object.values(ids)) + 1, ...special };
}

async function makeModel(folder, kind, seed) {
  mkdirSync(folder, { recursive: true });
  const config = { model_type: kind, ...SHAPES[kind], ...copyTokenizer(kind, folder) };
  const model = await LanguageModel.create(JSON.stringify(config), { seed });
  await model.save(folder);
  await model.dispose();
}

const WORDS = "the dog ran to a big garden and she said it was cold so we went home with him again".split(
  " ",
);

/** Returns a dialogue of five turns whose words depend on the number only. */
function dialogue(number) {
  const turn = (at) => {
    const length = 5 + ((number + at) % 4);
    const words = Array.from({ length }, (_, index) => WORDS[(number * 7 + at * 3 + index) % WORDS.length]);
    return `${at % 2 === 0 ? "A" : "B"}:: ${words.join(" ")}.`;
  };
  return [0, 1, 2, 3, 4].map(turn).join("\n");
}

/** Makes a project in a folder and returns its paths. */
export async function makeProject(root) {
  const at = (name) => path.join(root, name);
  const project = { root, child: at("child"), teacher: at("teacher"), data: at("dialogues.csv") };
  await makeModel(project.child, "opt", 1);
  await makeModel(project.teacher, "llama", 2);
  const rows = Array.from({ length: 24 }, (_, number) => `d${number},"${dialogue(number)}"`);
  writeFileSync(project.data, `Filename,text\n${rows.join("\n")}\n`);
  return project;
}

/** Returns the arguments of a run that begins anew, or goes on where it was. */
export const trainArguments = (
  { child, teacher, data },
  output,
  { steps = 6, interval = 1, more = [] } = {},
) => [
  "train",
  ...["--child", child, "--teacher", teacher, "--data", data, "--output-dir", output],
  ...["--score-preset", "original", "--batch-size", "4", "--ppo-epochs", "1", "--max-new-tokens", "6"],
  ...["--learning-rate", "0.001", "--threads", "1", "--device", "cpu", "--eval-fraction", "0.2"],
  ...["--steps", String(steps), "--checkpoint-interval", String(interval), "--samples-per-step", "2"],
  ...more,
];

/** Returns the arguments of a pretraining. */
export const pretrainArguments = ({ data }, output, more = []) => [
  "pretrain",
  ...["--data", data, "--output", output, "--steps", "6", "--eval-interval", "2", "--patience", "0"],
  ...["--vocab-size", "300", "--hidden-size", "16", "--layers", "1", "--heads", "2", "--batch-size", "4"],
  ...["--eval-fraction", "0.2", "--threads", "1", "--device", "cpu"],
  ...more,
];

/** Returns the arguments with which a model writes a turn. `source` is `--child` with its folder, or `--run` with a run's. */
export const generateArguments = (...source) => [
  ...["generate", ...source, "--prompt", "A:: the dog ran home.\nB:: it was cold."],
  ...["--max-new-tokens", "5", "--threads", "1", "--device", "cpu"],
];
