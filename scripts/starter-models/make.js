// Trains the starter models:
//   node scripts/starter-models/make.js [child] [teacher] [--threads N] [--stop-after STEPS]
// Without names, it trains both. A call after a stopped one resumes it. It needs the addon and dist/ (npm install) and takes
// some minutes on two cores. The same dialogues, seed, libtorch and number of threads give the same weights.
//
// The teacher learns from data/starter/dialogues.csv. The child learns from the same dialogues, in which two fifths of the
// last replies come from other dialogues. So the child often answers off the subject.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { describeSeen, writeSeen } from "../../dist/data/seen.js";
import { loadTrainingData } from "../../dist/data/training-data.js";
import { hashFile } from "../../dist/hash.js";
import { pretrain } from "../../dist/pretrain/pretrain.js";
import { writeDialogues } from "../starter-dialogues/make.js";

const starter = path.resolve(import.meta.dirname, "../../data/starter");
const DIALOGUES = path.join(starter, "dialogues.csv");
/** Training text of the child. */
const MIXED = path.join(tmpdir(), "mixed-dialogues.csv");

/** Share of the last replies in the child's training text that come from other dialogues. */
const MIXED_SHARE = 0.4;

// The split equals that of the starter preset, so that training on the starter dialogues holds out the same ones.
const common = {
  evalFraction: 0.05,
  seed: 0,
  dtype: "float16",
  batchSize: 8,
  learningRate: 2.5e-3,
  hiddenSize: 128,
  heads: 4,
  // Large enough for nearly every word to be one token.
  vocabSize: 3000,
};

const MODELS = {
  child: { architecture: "opt", layers: 4, steps: 6000, evalInterval: 1000 },
  teacher: { architecture: "llama", chat: true, layers: 3, kvHeads: 2, steps: 3600, evalInterval: 900 },
};

/** Returns a callback that prints each held-out measurement. */
const logMeasurements = (name) => (record) => {
  if (record.type === "evaluation") {
    console.log(`${name}: step ${record.step}, held-out perplexity ${record.perplexity.toFixed(1)}`);
  }
};

/** Records that a model has seen the dialogues of the shipped file, also if some of its replies were exchanged. */
async function recordSeen(folder) {
  const { evalFraction, seed } = common;
  const { train } = await loadTrainingData({ data: DIALOGUES, evalFraction, seed });
  writeSeen(folder, await describeSeen(train, { sha256: await hashFile(DIALOGUES), evalFraction, seed }));
}

/** Trains a model, or resumes its stopped training. */
async function trainModel(name, data, given, stop) {
  const options = MODELS[name];
  if (options === undefined) throw new Error(`${name}: expected ${Object.keys(MODELS).join(" or ")}`);
  const output = path.join(starter, name);
  const states = () =>
    (existsSync(output) ? readdirSync(output) : []).filter((file) => file.startsWith("state-step-"));
  const begun = states().length > 0;
  if (!begun) rmSync(output, { recursive: true, force: true });
  const run = { ...common, ...options, ...given, data, output };
  const result = await pretrain(run, { resume: begun, stop, onRecord: logMeasurements(name) });
  // Log and state are not part of the model. pretraining_info.json has the important figures.
  if (result.ending !== "stopAfter") {
    for (const file of ["pretraining_log.jsonl", ...states()])
      rmSync(path.join(output, file), { recursive: true });
    await recordSeen(output);
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
  writeDialogues({ output: MIXED, mixed: MIXED_SHARE });
  const data = { child: MIXED, teacher: DIALOGUES };
  for (const name of names) await trainModel(name, data[name], given, controller.signal);
} catch (error) {
  console.error(`make: ${error.message}`);
  process.exitCode = error.exitCode ?? 1;
} finally {
  rmSync(MIXED, { force: true });
}
