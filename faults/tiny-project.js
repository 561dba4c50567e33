// A tiny child, a tiny teacher and a file of dialogues, with which a whole run takes seconds. The tests use them too, so the
// class that makes a model is passed in: theirs comes from lib, that of the fault injection from dist.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

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

async function makeModel(LanguageModel, folder, kind, seed) {
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
export async function makeTinyProject(LanguageModel, root, dialogues = 24) {
  const at = (name) => path.join(root, name);
  const project = { root, child: at("child"), teacher: at("teacher"), data: at("dialogues.csv") };
  await makeModel(LanguageModel, project.child, "opt", 1);
  await makeModel(LanguageModel, project.teacher, "llama", 2);
  const rows = Array.from({ length: dialogues }, (_, number) => `d${number},"${dialogue(number)}"`);
  writeFileSync(project.data, `Filename,text\n${rows.join("\n")}\n`);
  return project;
}
