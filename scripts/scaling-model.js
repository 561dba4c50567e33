// Writes the table of docs/scaling.md: the time of a training step by a small model of computing, sums and waiting.
//   node scripts/scaling-model.js
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { withGeneratedBlock } from "./generated-block.js";

const page = path.resolve(import.meta.dirname, "..", "docs", "scaling.md");

/** What the model assumes. Seconds, bytes, floating-point operations. */
export const ASSUMED = {
  parameters: 125e6,
  batch: 512,
  tokensPerDialogue: 380,
  epochs: 4,
  updates: 8, // optimizer steps of a training step
  flops: 100e12, // of a GPU at these sizes, bf16
  newTokens: 80,
  childToken: 0.004, // a decoding step of the child for few rows
  teacherToken: 0.012, // of the teacher with a billion parameters
  rowsAtOnce: 64, // rows up to which a decoding step takes that time
  scoring: 0.02, // a dialogue, on a core
  once: 0.3, // checks, statistics, logs, which nobody divides
  inside: 300e9, // bytes per second that a sum achieves within a machine
  between: 40e9, // and between machines with eight network adapters
  latency: 20e-6, // of a message between machines
};

/** Returns the seconds of the parts of a step on `machines` with `gpus` each. */
export function stepTime(machines, gpus, a = ASSUMED) {
  const ranks = machines * gpus;
  const rows = Math.ceil(a.batch / ranks);
  // A decoding step of more rows takes longer in proportion. Every process waits for the longest turn, which in a batch of any
  // size has about the largest number of tokens.
  const decode = (token) => a.newTokens * token * Math.max(1, rows / a.rowsAtOnce);
  const tokens = rows * a.tokensPerDialogue;
  // Per token and parameter: two passes without gradients, and a forward and a backward pass in each epoch.
  const computed = (tokens * a.parameters * (2 * 2 + 6 * a.epochs)) / a.flops;
  const bytes = 4 * a.parameters;
  const ring = (count, speed) => (count > 1 ? (2 * (count - 1) * bytes) / count / speed : 0);
  const sums =
    a.updates * (ring(gpus, a.inside) + ring(machines, a.between) + 2 * Math.log2(ranks) * a.latency);
  const generation = decode(a.childToken) + decode(a.teacherToken);
  const scoring = rows * a.scoring;
  return { generation, scoring, computed, sums, total: generation + scoring + computed + sums + a.once };
}

const seconds = (value) => (value === 0 ? "0" : value < 0.1 ? value.toFixed(3) : value.toFixed(2));

function table() {
  const sizes = [
    [1, 1],
    [1, 2],
    [1, 4],
    [1, 8],
    [2, 8],
    [8, 8],
    [64, 8],
  ];
  const alone = stepTime(1, 1).total;
  const lines = sizes.map(([machines, gpus]) => {
    const { generation, scoring, computed, sums, total } = stepTime(machines, gpus);
    const speed = alone / total;
    const share = Math.round((100 * speed) / (machines * gpus));
    const cells = [machines, machines * gpus, ...[generation, scoring, computed, sums, total].map(seconds)];
    return `| ${[...cells, `${speed.toFixed(1)} times`, `${share} %`].join(" | ")} |`;
  });
  return [
    "| machines | GPUs | generation | scoring | PPO | sums of gradients | step | speed | of ideal |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(page, withGeneratedBlock(readFileSync(page, "utf8"), table()));
}
