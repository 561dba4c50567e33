// Measures scoring in training: milliseconds for a step of 16 dialogues (child and teacher turn), and turns per second.
//   node bench/reward.js [--data dialogues.csv] [--dimensions 300] [--steps 100]
import path from "node:path";
import { readArguments } from "../scripts/arguments.js";
import { DIALOGUES, prepareScoring } from "./scoring.js";
import { summary } from "./statistics.js";

const { values: flags } = readArguments(
  "node bench/reward.js [--data dialogues.csv] [--dimensions 300] [--steps 100]",
  {
    options: {
      data: { type: "string", default: path.join(import.meta.dirname, "../data/starter/dialogues.csv") },
      dimensions: { type: "string", default: "300" },
      steps: { type: "string", default: "100" },
    },
  },
);

for (const preset of ["taaco", "turn", "original"]) {
  const score = await prepareScoring({
    data: flags.data,
    dimensions: Number(flags.dimensions),
    preset,
    steps: Number(flags.steps),
  });
  const { median } = summary(score());
  const milliseconds = (1000 * median).toFixed(1).padStart(6);
  const turns = Math.round((2 * DIALOGUES) / median);
  console.log(
    `${preset.padEnd(9)} ${milliseconds} ms per step of ${DIALOGUES} dialogues, ${turns} turns per second`,
  );
}
