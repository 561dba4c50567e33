// Measures scoring in training: milliseconds for a step of 16 dialogues (child and teacher turn), and turns per second.
//   node bench/reward.js [--data dialogues.csv] [--dimensions 300] [--seconds 5]
import path from "node:path";
import { parseArgs } from "node:util";
import { loadDialogues } from "../dist/data/load.js";
import { measureCalibration } from "../dist/reward/calibrate.js";
import { Scorer } from "../dist/reward/scorer.js";
import { scoreTurns } from "../dist/reward/taaco-reward.js";
import { Taaco } from "../dist/taaco/taaco.js";
import { promptsWithHumanTurn } from "../scripts/sampling.js";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: path.join(import.meta.dirname, "../data/starter/dialogues.csv") },
    dimensions: { type: "string", default: "300" },
    seconds: { type: "string", default: "5" },
  },
});
const DIALOGUES = 16;

/** Returns a space with a vector for every word. The values of the vectors do not affect the time. */
function completeSpace(kind, dimensions) {
  const rows = 1000;
  const values = Float32Array.from(
    { length: rows * dimensions },
    (_, at) => 0.5 + Math.sin(at * 12.9898) / 2,
  );
  const known = new Map();
  const row = (lemma) => {
    if (!known.has(lemma)) known.set(lemma, known.size % rows);
    return known.get(lemma);
  };
  return { kind, dimensions, values, row };
}

const spaces = ["lsa", "lda", "word2vec"].map((kind) => completeSpace(kind, Number(flags.dimensions)));
const corrected = await Taaco.create({ spaces });
const experiment = await Taaco.create({ mode: "experiment" });
const { dialogues } = await loadDialogues(flags.data);
const prompts = promptsWithHumanTurn(dialogues);
const samples = prompts.map((prompt, at) => ({
  ...prompt,
  // Human turns of other dialogues stand for the turns of the models.
  child: prompts[(at + 1) % prompts.length].human,
  teachers: [prompts[(at + 2) % prompts.length].human],
}));
const calibration = await measureCalibration(corrected, prompts.slice(0, 500), { scoredText: "dialogue" });

for (const preset of ["taaco", "turn", "original"]) {
  const scorer = await Scorer.create({
    preset,
    indexMode: "corrected",
    scoredText: "dialogue",
    calibration,
    taaco: preset === "original" ? experiment : corrected,
  });
  const steps = [];
  const until = performance.now() + Number(flags.seconds) * 1000;
  for (let at = 0; performance.now() < until; at += DIALOGUES) {
    const batch = Array.from({ length: DIALOGUES }, (_, index) => samples[(at + index) % samples.length]);
    const began = performance.now();
    for (const sample of batch) scoreTurns(scorer, { ...sample, human: null });
    steps.push(performance.now() - began);
  }
  steps.sort((a, b) => a - b);
  const median = steps[Math.floor(steps.length / 2)];
  const turns = Math.round((2 * DIALOGUES * 1000) / median);
  console.log(
    `${preset.padEnd(9)} ${median.toFixed(1).padStart(6)} ms a step of ${DIALOGUES} dialogues, ${turns} turns a second`,
  );
}
