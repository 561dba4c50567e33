// Trains and evaluates the starter child with several seeds and writes the figures that README and docs quote:
//   node scripts/starter-figures/make.js [--seeds 0,1,2] [--threads N] [--output data/starter/figures.json] [--keep DIR]
// Further options of train, such as --learning-rate 1e-4, hold for every seed: they serve to try settings. --keep names a folder
// in which the runs remain. Seed 0 is the README's command. Every other seed trains on the same dialogues and is evaluated on the same held-out ones: a seed
// also decides which dialogues are held out, and the starter models have seen all but those of seed 0.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { timed } from "../../bench/timed.js";
import { runSummary } from "../../dist/cli/run-summary.js";
import { evaluationLines } from "../../dist/evaluate/text-table.js";
import { evaluate, train } from "../../dist/index.js";
import { engineInfo } from "../../dist/model/engine.js";
import { packageVersion } from "../../dist/package.js";
import { childFolder, runFolder } from "../../dist/run/folder.js";
import { locateRun } from "../../dist/run/located-run.js";
import { restoreScoring } from "../../dist/setup/scoring.js";
import { mean, randomGenerator, variance } from "../sampling.js";
import { writeCsv } from "../split-dialogues.js";
import { compare, humanOnSubject, loadStarter, measureChild, subjectPrompts } from "./reply-subjects.js";

const starter = path.resolve(import.meta.dirname, "../../data/starter");
const DATA = path.join(starter, "dialogues.csv");
const WIDTH = 80;

/** Runs a task and returns its result with the seconds it took, by the clock and of processor time. */
async function timedTask(task) {
  const { result, clock, cpu } = await timed(task);
  const round = (seconds) => Math.round(10 * seconds) / 10;
  return { result, seconds: round(clock), processorSeconds: round(cpu) };
}

/** Trains with the starter preset. Returns the number of steps, and the lines that the command would print. */
async function runTraining(options, reward) {
  const session = [];
  let plan;
  const steps = train(options, {
    reward,
    log: { info: (line) => session.push(line), warn: (line) => session.push(`warning: ${line}`) },
    onStart: (started) => {
      plan = started;
      session.push(`training to step ${started.totalSteps}, into ${started.outputDir}`);
    },
  });
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return { steps: value.steps, session: [...session, ...runSummary(value, plan, WIDTH)] };
  }
}

/** Returns the standard deviation of the scores of people's turns under the scorer of a run. */
async function humanDeviation(run, prompts) {
  const config = { indexMode: "corrected", scoredText: "dialogue" };
  const log = { info: () => {}, warn: (message) => console.error(message) };
  const { scorer } = await restoreScoring({ config, log }, runFolder(run));
  return Math.sqrt(
    variance(prompts.map(({ prompt }) => scorer.score(scorer.prepare(prompt), prompt.human).value)),
  );
}

/** Trains and evaluates with one seed. */
async function runSeed(seed, { files, prompts, owners, given }) {
  const first = seed === 0;
  // The name of the folder is part of the lines that are printed.
  const outputDir = first ? "checkpoints_dialogue_ppo" : `seed-${seed}`;
  const options = first ? {} : { preset: "starter", data: files.train, evalFraction: 0 };
  const training = await timedTask(() => runTraining({ ...options, ...given, seed, outputDir }));
  console.error(`seed ${seed}: ${training.result.steps} steps in ${training.seconds} s`);
  const evaluation = await timedTask(() =>
    evaluate({ run: outputDir, threads: given.threads, ...(first ? {} : { data: files.heldOut }) }),
  );
  const child = childFolder(locateRun(outputDir, undefined).directory);
  const before = await measureChild(path.join(starter, "child"), child, prompts, owners);
  const after = await measureChild(child, child, prompts, owners);
  const deviation = await humanDeviation(outputDir, prompts);
  const { reward, childScore, kl, perplexity, length, repetition, dialogues, samplesPerPrompt } =
    evaluation.result;
  return {
    figures: {
      seed,
      steps: training.result.steps,
      dialogues,
      samplesPerPrompt,
      reward: { ...reward, deviations: reward.difference / deviation },
      childScore,
      onSubject: { ...compare(before.onSubject, after.onSubject), human: humanOnSubject(prompts, owners) },
      pairs: compare(before.pairs, after.pairs),
      kl,
      perplexity,
      length,
      repetition,
      training: { seconds: training.seconds, processorSeconds: training.processorSeconds },
      evaluation: { seconds: evaluation.seconds, processorSeconds: evaluation.processorSeconds },
    },
    turns: { before: before.turns, after: after.turns },
    session: {
      train: training.result.session,
      evaluate: evaluationLines(evaluation.result, { width: WIDTH }),
    },
  };
}

/**
 * Trains with seed 0 and random rewards. What this child learns, it learns from the next-token loss that the preset mixes in.
 */
async function runControl({ prompts, owners, given }) {
  const random = randomGenerator(1);
  const outputDir = "random-rewards";
  await runTraining({ ...given, seed: 0, outputDir }, (samples) => samples.map(random));
  const child = childFolder(locateRun(outputDir, undefined).directory);
  const { onSubject, pairs } = await measureChild(child, child, prompts, owners);
  return { onSubject: mean(onSubject), pairs: mean(pairs) };
}

/** Returns dialogues with the child's turns before and after training. */
const samplesOf = (prompts, { before, after }, count) =>
  prompts.slice(0, count).map(({ prompt, subject }, at) => ({
    subject,
    turns: prompt.turns,
    before: before[at],
    after: after[at],
    human: prompt.human,
  }));

const rounded = (_, value) => (typeof value === "number" ? Number(value.toPrecision(5)) : value);

const OPTIONS = {
  seeds: { type: "string", default: "0,1,2" },
  output: { type: "string", default: path.join(starter, "figures.json") },
  keep: { type: "string" },
  threads: { type: "string" },
  steps: { type: "string" },
  "learning-rate": { type: "string" },
  "ptx-coef": { type: "string" },
};

async function main() {
  const { seeds, output, keep, ...flags } = parseArgs({ options: OPTIONS }).values;
  const file = path.resolve(output);
  const given = Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [
      name.replace(/-./g, ([, letter]) => letter.toUpperCase()),
      Number(value),
    ]),
  );
  const { train: trainPart, evaluation, owners } = await loadStarter(DATA);
  const folder = path.resolve(keep ?? mkdtempSync(path.join(tmpdir(), "starter-figures-")));
  mkdirSync(folder, { recursive: true });
  process.chdir(folder);
  const files = { train: writeCsv("train.csv", trainPart), heldOut: writeCsv("held-out.csv", evaluation) };
  const prompts = subjectPrompts(evaluation, owners);
  const results = [];
  const numbers = seeds.split(",").map(Number);
  for (const seed of numbers) results.push(await runSeed(seed, { files, prompts, owners, given }));
  const randomRewards = numbers.includes(0) ? await runControl({ prompts, owners, given }) : undefined;
  const { libtorch, threads } = engineInfo();
  const record = {
    command: "node scripts/starter-figures/make.js",
    package: packageVersion(),
    node: process.version,
    libtorch,
    processor: cpus()[0]?.model,
    cores: availableParallelism(),
    threads: given.threads ?? threads,
    dialogues: { training: trainPart.length, heldOut: evaluation.length },
    runs: results.map(({ figures }) => figures),
    randomRewards,
    session: results[0].session,
    samples: samplesOf(prompts, results[0].turns, 24),
  };
  writeFileSync(file, `${JSON.stringify(record, rounded, 2)}\n`);
  if (keep === undefined) rmSync(folder, { recursive: true });
}

await main();
