// Makes the starter models from data/starter/dialogues.csv with our own core: node scripts/starter-models/make.js
// [child] [teacher] (both when none is named). Needs the addon and dist/ (npm install); takes some minutes on two cores.
// The same seed and dialogues give the same weights for the same libtorch and number of threads.
import { rmSync } from "node:fs";
import path from "node:path";
import { pretrain } from "../../dist/pretrain/pretrain.js";

const starter = path.resolve(import.meta.dirname, "../../data/starter");

// The split is that of the starter preset: whoever trains on the starter dialogues holds out the same ones.
const common = {
  data: path.join(starter, "dialogues.csv"),
  evalFraction: 0.2,
  seed: 0,
  augment: true,
  dtype: "float16",
  batchSize: 16,
};

const MODELS = {
  child: {
    architecture: "opt",
    vocabSize: 1200,
    hiddenSize: 128,
    layers: 3,
    heads: 4,
    epochs: 40,
    dropout: 0.2,
    learningRate: 2e-3,
  },
  teacher: {
    architecture: "llama",
    chat: true,
    vocabSize: 1400,
    hiddenSize: 128,
    layers: 4,
    heads: 4,
    kvHeads: 2,
    epochs: 40,
    dropout: 0.2,
    learningRate: 2e-3,
  },
};

/** Says each held-out measurement. */
const tell = (name) => (record) => {
  if (record.type === "evaluation") {
    console.log(`${name}: step ${record.step}, held-out perplexity ${record.perplexity.toFixed(1)}`);
  }
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(MODELS)) {
  const options = MODELS[name];
  if (options === undefined) throw new Error(`${name}: expected ${Object.keys(MODELS).join(" or ")}`);
  const output = path.join(starter, name);
  rmSync(output, { recursive: true, force: true });
  const result = await pretrain({ ...common, ...options, output }, { onRecord: tell(name) });
  // The log is as long as the run; what is worth keeping stands in pretraining_info.json.
  rmSync(path.join(output, "pretraining_log.jsonl"));
  console.log(`${output}: held-out perplexity ${result.perplexity.toFixed(1)} after ${result.steps} steps`);
}
