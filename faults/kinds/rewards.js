// Rewards and teachers that fail for one sample or for all samples, or never return.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { complaint, run } from "../program.js";
import { trainArguments } from "../project.js";
import { Tally } from "../tally.js";

const script = path.resolve(import.meta.dirname, "../reward-run.js");

/** Seconds after which a reward or a teacher counts as hanging. */
const TIMEOUT = 2;

/** What a run with each reward must end with: an exit code, and words of its line. */
const EXPECTED = {
  good: [0],
  "nan for one": [0],
  "nan for all": [2, /no batch of 4 could be filled/],
  throws: [1, /the reward's own error/],
  "wrong length": [2, /gave 1 reward/],
  "no numbers": [2, /no batch of 4 could be filled|expected a finite number/],
  null: [2, /gave no rewards/],
  hangs: [1, /reward.*(time|longer|seconds|within)/i],
};

function optionsOf({ child, teacher, data }, outputDir, more = {}) {
  const sizes = { batchSize: 4, ppoEpochs: 1, maxNewTokens: 6, steps: 4, checkpointInterval: 1, threads: 1 };
  return { child, teacher, data, outputDir, device: "cpu", learningRate: 0.001, ...sizes, ...more };
}

const isWhole = (folder, step) =>
  existsSync(path.join(folder, `checkpoint-step-${step}`, "child_model", "model.safetensors"));

/** Trains with a reward of a mode, and resumes with a good one where it failed after two steps. */
async function withReward(context, mode) {
  const folder = context.folder("rewards");
  const options = optionsOf(context.project, folder, { rewardTimeout: TIMEOUT });
  const outcome = await run([mode, JSON.stringify(options)], { script });
  const [code, words] = EXPECTED[mode];
  const wrong = complaint(outcome, [code]);
  if (wrong) return wrong;
  if (words && !words.test(outcome.stderr)) return `the line does not say why: ${outcome.stderr.slice(-200)}`;
  if (mode !== "throws" && mode !== "hangs") return undefined;
  if (!isWhole(folder, 2)) return "the checkpoint before the failure is gone";
  const resumed = await run(["good", JSON.stringify({ ...options, resume: true })], { script });
  return (
    complaint(resumed, [0]) ?? (isWhole(folder, 4) ? undefined : "the resumed run has no last checkpoint")
  );
}

/** Trains with a teacher whose weights are not numbers, or that is gone. */
async function withTeacher(context, fault) {
  const teacher = context.folder("teacher");
  cpSync(context.project.teacher, teacher, { recursive: true });
  const weights = path.join(teacher, "model.safetensors");
  if (fault === "is not finite") {
    const bytes = readFileSync(weights);
    bytes.fill(0xff, Number(bytes.readBigUInt64LE()) + 8);
    writeFileSync(weights, bytes);
  }
  const folder = context.folder("rewards");
  const more = fault === "takes too long" ? ["--teacher-timeout", "0.001"] : [];
  const outcome = await run(trainArguments({ ...context.project, teacher }, folder, { more }));
  context.clean(folder);
  const wrong = complaint(outcome, [1, 2]);
  return (
    wrong ??
    (/teacher|finite|nan/i.test(outcome.stderr) ? undefined : `not named: ${outcome.stderr.slice(-200)}`)
  );
}

export const rewards = {
  name: "rewards",
  title: "Rewards and teachers that fail for one sample or for all samples, or never return",
  promise:
    "A sample without a reward is replaced; otherwise the run ends with one line that says why, and its last checkpoint stays.",
  async run(context) {
    const tally = new Tally(context.say);
    const modes = Object.keys(EXPECTED);
    const rounds = Array(context.tries(4)).fill(modes).flat();
    await context.each(rounds, async (mode) =>
      tally.add(`the reward: ${mode}`, await withReward(context, mode)),
    );
    for (const fault of ["is not finite", "takes too long"]) {
      tally.add(`the teacher ${fault}`, await withTeacher(context, fault));
    }
    return tally.result(`rewards: ${modes.join(", ")}; teachers that are not finite or take too long`);
  },
};
