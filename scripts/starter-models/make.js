// Trains the starter models on data/starter/dialogues.csv:
//   node scripts/starter-models/make.js [child] [teacher] [--threads N] [--stop-after STEPS]
// Without names, it trains both. A call after a stopped one resumes it. It needs the addon and dist/ (npm install) and takes
// some minutes on two cores. The same dialogues, seed, libtorch and number of threads give the same weights.
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { pretrain } from "../../dist/pretrain/pretrain.js";

const starter = path.resolve(import.meta.dirname, "../../data/starter");

// The split equals that of the starter preset, so that training on the starter dialogues holds out the same ones.
const common = {
  data: path.join(starter, "dialogues.csv"),
  evalFraction: 0.2,
  seed: 0,
  augment: true,
  dtype: "float16",
  batchSize: 16,
  learningRate: 3e-3,
  hiddenSize: 128,
  heads: 4,
};

const MODELS = {
  child: { architecture: "opt", vocabSize: 2000, layers: 3, epochs: 25, dropout: 0.25 },
  teacher: {
    architecture: "llama",
    chat: true,
    vocabSize: 1600,
    layers: 4,
    kvHeads: 2,
    epochs: 20,
    dropout: 0.2,
  },
};

/** Returns a callback that prints each held-out measurement. */
const logMeasurements = (name) => (record) => {
  if (record.type === "evaluation") {
    console.log(`${name}: step ${record.step}, held-out perplexity ${record.perplexity.toFixed(1)}`);
  }
};

/** Trains a model, or resumes its stopped training. */
async function trainModel(name, given, stop) {
  const options = MODELS[name];
  if (options === undefined) throw new Error(`${name}: expected ${Object.keys(MODELS).join(" or ")}`);
  const output = path.join(starter, name);
  const states = () =>
    (existsSync(output) ? readdirSync(output) : []).filter((file) => file.startsWith("state-step-"));
  const begun = states().length > 0;
  if (!begun) rmSync(output, { recursive: true, force: true });
  const run = { ...common, ...options, ...given, output };
  const result = await pretrain(run, { resume: begun, stop, onRecord: logMeasurements(name) });
  // Log and state are not part of the model. pretraining_info.json has the important figures.
  if (result.ending !== "stopAfter") {
    for (const file of ["pretraining_log.jsonl", ...states()])
      rmSync(path.join(output, file), { recursive: true });
  }
  const measured = `held-out perplexity ${result.perplexity?.toFixed(1)}`;
  console.log(`${name}: ${result.ending} at step ${result.steps}, ${measured}`);
}

// Ctrl-C stops the training and saves its state.
const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { threads: { type: "string" }, "stop-after": { type: "string" } },
  });
  const given = { threads: values.threads, stopAfter: values["stop-after"] };
  const names = positionals.length > 0 ? positionals : Object.keys(MODELS);
  for (const name of names) await trainModel(name, given, controller.signal);
} catch (error) {
  console.error(`make: ${error.message}`);
  process.exitCode = error.exitCode ?? 1;
}
