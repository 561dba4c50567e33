// Whole training steps of the program by phase, with the sizes and settings of preset `switchboard`.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ceilingsFor, generationCeiling, ppoCeiling, sizesOf, WEIGHT_BYTES } from "../ceilings.js";
import { speakerFolder } from "../models.js";
import { summary } from "../statistics.js";
import { duration, figure, spread, table } from "../text.js";

const root = path.resolve(import.meta.dirname, "../..");
const STARTER = path.join(root, "data", "starter");
export const FULL = { child: "child", teacher: "teacher", batch: 8, newTokens: 80, steps: 3 };
export const QUICK = { child: "tiny", teacher: "tiny-teacher", batch: 4, newTokens: 8, steps: 2 };
const GPU_STEPS = 8;
const MINIBATCH = 4;
const EPOCHS = 4;
/** Tokens of a teacher's prompt, for its ceiling. */
const TEACHER_PROMPT = 200;
export const PHASES = {
  child: "time/generate",
  teacher: "time/teacher",
  score: "time/score",
  PPO: "time/ppo/total",
  "whole step": "time/step",
};

/**
 * Trains and returns the statistics of each step from training_log.jsonl.
 * @param {string[]} launcher program and arguments that start the processes; empty for a single one
 */
export async function trainedSteps(context, { child, teacher, batch, newTokens, steps }, launcher = []) {
  const output = path.join(context.temporary, "training");
  const flags = {
    child: await speakerFolder(context, child, "child"),
    teacher: await speakerFolder(context, teacher, "teacher"),
    data: path.join(STARTER, "dialogues.csv"),
    spaces: path.join(STARTER, "spaces"),
    calibration: path.join(STARTER, "calibration.json"),
    // The dialogues of the starter set select the preset `starter`, which adds a next-token loss and scores turns.
    "ptx-coef": 0,
    "score-preset": "taaco",
    "batch-size": batch,
    "mini-batch-size": MINIBATCH,
    "ppo-epochs": EPOCHS,
    "max-new-tokens": newTokens,
    threads: context.threads,
    device: context.device,
    steps,
    "output-dir": output,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = [
    process.execPath,
    path.join(root, "dist/cli/main.js"),
    "train",
    "--no-tensorboard",
    ...args,
  ];
  const [first, ...rest] = [...launcher, ...command];
  const result = spawnSync(first, rest, { stdio: ["ignore", "ignore", 2] });
  if (result.status !== 0) throw new Error("the training failed; its messages stand above");
  const lines = readFileSync(path.join(output, "training_log.jsonl"), "utf8").trim().split("\n");
  rmSync(output, { recursive: true });
  return lines.map((line) => JSON.parse(line).stats);
}

/** Returns the seconds that each phase needs at least, for the lengths that the log reports. */
function phaseCeilings({ ceilings: machine, device }, { child, teacher, batch }, stats) {
  // On a GPU the child computes in bfloat16, too.
  const types = { [child]: device === "cpu" ? "float32" : "bfloat16", [teacher]: "bfloat16" };
  const rates = (shape) => ceilingsFor(machine, types[shape]);
  const mean = (name) => stats.reduce((sum, step) => sum + step[name], 0) / stats.length;
  const prompts = new Array(batch).fill(mean("tokens/queries_len_mean"));
  const response = mean("tokens/responses_len_mean");
  const speak = (shape, lengths) =>
    generationCeiling(
      sizesOf(shape),
      lengths,
      Math.round(response),
      WEIGHT_BYTES[types[shape]],
      rates(shape),
    );
  const ceilings = {
    child: speak(child, prompts),
    teacher: speak(teacher, new Array(batch).fill(TEACHER_PROMPT)),
    PPO: ppoCeiling(
      sizesOf(child),
      {
        prompts,
        responses: new Array(batch).fill(response),
        miniBatchSize: MINIBATCH,
        epochs: EPOCHS,
      },
      rates(child),
    ),
  };
  return { ...ceilings, "whole step": ceilings.child + ceilings.teacher + ceilings.PPO };
}

export const training = {
  name: "training",
  async measure(context) {
    const setting = context.quick ? QUICK : FULL;
    // On a GPU a step is short, and the first ones prepare kernels.
    const steps = context.device === "cpu" ? setting.steps : GPU_STEPS;
    context.say(`${steps} training steps`);
    const stats = await trainedSteps(context, { ...setting, steps });
    const phases = Object.fromEntries(
      Object.entries(PHASES).map(([phase, name]) => [phase, summary(stats.map((step) => step[name]))]),
    );
    return [
      {
        ...setting,
        millions: [setting.child, setting.teacher].map((shape) => sizesOf(shape).parameters / 1e6),
        phases,
        ceilings: phaseCeilings(context, setting, stats),
        peakGibibytes: Math.max(...stats.map((step) => step["dppo/peak_memory_gib"])),
        deviceGibibytes: Math.max(...stats.map((step) => step["dppo/peak_device_memory_gib"] ?? 0)),
        promptTokens: summary(stats.map((step) => step["tokens/queries_len_mean"])).median,
        responseTokens: summary(stats.map((step) => step["tokens/responses_len_mean"])).median,
      },
    ];
  },
  report: ([
    { batch, millions, phases, ceilings, peakGibibytes, deviceGibibytes, promptTokens, responseTokens },
  ]) =>
    [
      "### Whole training step",
      "",
      `A run of the program with a child of ${figure(millions[0])} million random weights, stored in float32, and a teacher of ${figure(millions[1])} million, stored in`,
      `bfloat16 as published models are. A step has ${batch} starter dialogues, with prompts of ${figure(promptTokens)} and responses of ${figure(responseTokens)} tokens on average.`,
      `The process takes ${figure(peakGibibytes)} GiB at its peak. The ceiling of the teacher is for prompts of ${TEACHER_PROMPT} tokens.`,
      ...(deviceGibibytes > 0 ? [`It takes ${figure(deviceGibibytes)} GiB of the device's memory.`] : []),
      "",
      table(
        ["phase", "ours", "ceiling"],
        Object.entries(phases).map(([phase, value]) => [phase, spread(value), duration(ceilings[phase])]),
      ),
    ].join("\n"),
};
