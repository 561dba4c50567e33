// Models, tokenizers and data that are not what they should be.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { mutate } from "../damage.js";
import { complaint } from "../program.js";
import { generateArguments } from "../project.js";
import { Tally } from "../tally.js";
import { eachInWorkers } from "../workers.js";

/** A pickle that would write a file if it were executed: its reduce calls `os.system`. */
const pickleThatRuns = (target) => Buffer.from(`cposix\nsystem\n(Vtouch ${target}\ntR.`, "latin1");

function header(text, length = Buffer.byteLength(text)) {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([size, Buffer.from(text)]);
}

/** Files made by hand in place of a model's, by name. */
function handMade(folder, canary) {
  const write = (name, content) => writeFileSync(path.join(folder, name), content);
  const weights = (content) => write("model.safetensors", content);
  const pickled = (content) => {
    rmSync(path.join(folder, "model.safetensors"));
    write("pytorch_model.bin", content);
  };
  const config = (changes) => {
    const file = path.join(folder, "config.json");
    write("config.json", JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }));
  };
  const pipe = (name) => {
    rmSync(path.join(folder, name));
    if (spawnSync("mkfifo", [path.join(folder, name)], { timeout: 5000 }).status !== 0)
      throw new Error("mkfifo failed");
  };
  const tensor = (entry) => JSON.stringify({ "model.decoder.embed_tokens.weight": entry });
  return {
    "a pickle that runs a program": () => pickled(pickleThatRuns(canary)),
    "a web page as weights": () => weights("<!DOCTYPE html><html><body>Sign in</body></html>"),
    "a git-lfs pointer as weights": () =>
      weights("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"),
    "a header of 2^60 bytes": () => weights(header("{}", 2 ** 60)),
    "a header of nested lists": () => weights(header("[".repeat(1_000_000))),
    "a tensor beyond the file": () =>
      weights(header(tensor({ dtype: "F32", shape: [1e9, 1e9], data_offsets: [0, 4e18] }))),
    "a tensor with negative offsets": () =>
      weights(header(tensor({ dtype: "F32", shape: [-1], data_offsets: [-8, -4] }))),
    "a hidden size of 2^31": () => config({ hidden_size: 2 ** 31, word_embed_proj_dim: 2 ** 31 }),
    "a hidden size of text": () => config({ hidden_size: "16" }),
    "a negative number of layers": () => config({ num_hidden_layers: -1 }),
    "a million heads": () => config({ num_attention_heads: 1_000_000 }),
    "a vocabulary of 2^40": () => config({ vocab_size: 2 ** 40 }),
    "an end token beyond the vocabulary": () => config({ eos_token_id: 10 ** 9 }),
    "a pipe as weights": () => pipe("model.safetensors"),
    "a pipe as config.json": () => pipe("config.json"),
    "a pipe as tokenizer.json": () => pipe("tokenizer.json"),
    "a folder as tokenizer.json": () => {
      rmSync(path.join(folder, "tokenizer.json"));
      mkdirSync(path.join(folder, "tokenizer.json"));
    },
    "a chat template that loops": () =>
      write("tokenizer_config.json", '{"chat_template":"{% for a in range(10**9) %}{% endfor %}"}'),
    "a tokenizer.json of nested lists": () => write("tokenizer.json", "[".repeat(1_000_000)),
    "a tokenizer.json of null": () => write("tokenizer.json", "null"),
    "a merge without a partner": () => {
      const tokenizer = JSON.parse(readFileSync(path.join(folder, "tokenizer.json"), "utf8"));
      tokenizer.model.merges = [["a"], 7, null];
      write("tokenizer.json", JSON.stringify(tokenizer));
    },
  };
}

export const hostileModels = {
  name: "hostile-models",
  title: "Hostile and mutated models and tokenizers",
  promise: "They load, or one line names the file; nothing is executed, nothing hangs, no process dies.",
  async run(context) {
    const tally = new Tally(context.say);
    const canary = path.join(context.root, "executed");
    const counts = { loaded: 0, refused: 0 };
    const judge = async (what, folder, command) => {
      const outcome = await command(generateArguments("--child", folder));
      counts[outcome.code === 0 ? "loaded" : "refused"] += 1;
      tally.add(what, existsSync(canary) ? "a program was executed" : complaint(outcome, [0, 2]));
    };
    const names = Object.keys(handMade("", ""));
    const mutated = readdirSync(context.project.child);
    const items = [
      ...names.map((name) => ({ name })),
      ...Array.from({ length: context.tries(200) }, (_, index) => ({
        file: mutated[index % mutated.length],
      })),
    ];
    await eachInWorkers(context, items, async ({ name, file }, random, command) => {
      const folder = context.folder("hostile");
      cpSync(context.project.child, folder, { recursive: true });
      if (name) handMade(folder, canary)[name]();
      else writeFileSync(path.join(folder, file), mutate(readFileSync(path.join(folder, file)), random));
      await judge(name ?? `${file} mutated`, folder, command);
      context.clean(folder);
    });
    return tally.result(
      `${counts.loaded} loaded, ${counts.refused} were refused; ${names.length} are made by hand`,
    );
  },
};

/** A table, JSON Lines and plain text, from which mutated data is made. */
function dataForms(csv) {
  const rows = csv
    .trimEnd()
    .split(/\n(?=d\d)/)
    .slice(1);
  const texts = rows.map((row) => row.slice(row.indexOf('"') + 1, -1));
  return {
    csv,
    tsv: csv.replaceAll(/^(d\d+),/gm, "$1\t").replace("Filename,", "Filename\t"),
    jsonl: texts.map((text) => `${JSON.stringify({ text })}\n`).join(""),
    json: JSON.stringify(
      texts.map((text) => ({ turns: text.split("\n").map((turn) => ({ speaker: "A", text: turn })) })),
    ),
  };
}

const TURNS = "A:: the dog ran home to the garden\\nB:: it was cold so we went home";

/** Hostile data made by hand. Each writes, or makes something else, at a path. */
const HOSTILE_DATA = {
  "JSON of 200,000 nested lists": ["json", "[".repeat(200_000)],
  "JSON Lines with a key named __proto__": [
    "jsonl",
    `{"__proto__":{"text":1},"constructor":null,"text":"${TURNS}"}\n`,
  ],
  "JSON Lines with a number beyond all": ["jsonl", `{"id":1e999,"text":"${TURNS}"}\n`],
  "JSON Lines with halves of characters": ["jsonl", `{"id":"\\ud800","text":"\\udc00${TURNS} \\ud83d"}\n`],
  "JSON Lines with turns that are none": ["jsonl", '{"turns":[1,null,{"speaker":{},"text":[]}]}\n'],
  "a table of 100,000 columns": ["csv", `${"c,".repeat(100_000)}text\n${"x,".repeat(100_000)}y\n`],
  "a quote that never ends": ["csv", `id,text\n1,"${"word ".repeat(100_000)}`],
  "a table of quotes": ["csv", `id,text\n${'"'.repeat(500_001)}\n`],
  "one line of 2,000,000 characters": ["csv", `id,text\n1,${"a-_'".repeat(500_000)}\n`],
  "text with NUL characters": ["csv", 'id,text\n1,"a\0b"\n'],
  "a name of 200 characters": ["n".repeat(200), "id,text\n1,a\n"],
  "a name with a line feed and quotes": ["a\nb'\"$(x).csv", "id,text\n1,a\n"],
  "a pipe": ["csv", (file) => spawnSync("mkfifo", [file], { timeout: 5000 })],
  "a link to itself": ["csv", (file) => symlinkSync(path.basename(file), file)],
  "a device without end": ["csv", (file) => symlinkSync("/dev/zero", file)],
  "a folder": ["csv", mkdirSync],
};

/** Makes a file of mutated data, or one that was made by hand, and returns its path. */
function makeData(context, random, { name, form, text }) {
  const base = context.folder("data");
  if (name === undefined) {
    writeFileSync(`${base}.${form}`, mutate(Buffer.from(text), random));
    return `${base}.${form}`;
  }
  const [ending, content] = HOSTILE_DATA[name];
  if (typeof content === "string") writeFileSync(`${base}.${ending}`, content);
  else content(`${base}.${ending}`);
  return `${base}.${ending}`;
}

export const hostileData = {
  name: "hostile-data",
  title: "Hostile and mutated CSV, TSV, JSON and JSON Lines",
  promise: "They are read, or one line says where they are wrong; nothing hangs, no process dies.",
  async run(context) {
    const tally = new Tally(context.say);
    const forms = Object.entries(dataForms(readFileSync(context.project.data, "utf8")));
    const counts = { read: 0, refused: 0 };
    const names = Object.keys(HOSTILE_DATA);
    const items = [
      ...names.flatMap((name) => ["steps", "score"].map((reader) => ({ name, reader }))),
      ...Array.from({ length: context.tries(300) }, (_, index) => {
        const [form, text] = forms[index % forms.length];
        return { form, text };
      }),
    ];
    await eachInWorkers(context, items, async (item, random, command) => {
      const file = makeData(context, random, item);
      const reader = item.reader ?? (random() < 0.3 ? "score" : "steps");
      const args =
        reader === "steps"
          ? ["steps", "--child", context.project.child, "--data", file, "--max-words", "100000"]
          : ["score", "--data", file, "--workers", "0", "--output", `${file}.rows.csv`];
      const outcome = await command(args);
      counts[outcome.code === 0 ? "read" : "refused"] += 1;
      tally.add(`${reader} of ${item.name ?? item.form}`, complaint(outcome, [0, 2]));
      context.clean(file);
      context.clean(`${file}.rows.csv`);
    });
    return tally.result(
      `${counts.read} were read, ${counts.refused} refused; ${names.length} are made by hand`,
    );
  },
};
