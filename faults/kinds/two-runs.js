// Two processes that want to write to one folder.
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { complaint, delay, resumeComplaint, run, start } from "../program.js";
import { pretrainArguments, trainArguments } from "../project.js";
import { otherPart } from "../results.js";
import { Tally } from "../tally.js";

/** Starts a command twice, a random moment apart, and checks that one of them wins and the other one is refused. */
async function twice(random, args, gap) {
  const first = start(args);
  await delay(random() * gap);
  const second = start(args);
  const outcomes = [await first.outcome, await second.outcome];
  const wrong = outcomes.map((outcome) => complaint(outcome, [0, 2])).find(Boolean);
  if (wrong) return wrong;
  if (!outcomes.some(({ code }) => code === 0)) return "neither has succeeded";
  const refused = outcomes.find(({ code }) => code === 2);
  // The second can come after the first has ended.
  if (refused === undefined) return undefined;
  const named = /in use by process \d+ on \S+|holds a run already|already/.test(refused.stderr);
  return named ? undefined : `the refusal does not name the owner: ${refused.stderr.slice(-200)}`;
}

async function inTrain(context, random, more) {
  const folder = context.folder("two-runs");
  const wrong = await twice(random, trainArguments(context.project, folder, { more }), 1500);
  const other = otherPart(context, folder, "than of one run alone");
  return wrong ?? other;
}

/** Kills a run, resumes it twice at the same moment, and checks that one of the two takes its lock over. */
async function twiceAfterStaleLock(context, random) {
  const folder = context.folder("two-runs");
  const args = trainArguments(context.project, folder, { more: ["--resume", "auto"] });
  const { child, outcome } = start(args);
  await delay(500 + random() * 1000);
  child.kill("SIGKILL");
  await outcome;
  const wrong = await twice(random, args, 0);
  const other = otherPart(context, folder, "than of one run alone");
  return wrong ?? other;
}

/** Leaves the lock of a process that is gone, and checks that a run takes it over. */
async function afterStaleLock(context, random) {
  const folder = context.folder("two-runs");
  const { child, outcome } = start(trainArguments(context.project, folder));
  await delay(500 + random() * 2000);
  child.kill("SIGKILL");
  await outcome;
  const last = await run(trainArguments(context.project, folder, { more: ["--resume", "auto"] }));
  const other = otherPart(context, folder);
  return resumeComplaint(last) ?? other;
}

/** Lets another running process own the folder, and checks that it is named and that nothing is written. */
async function underLiveLock(context) {
  const folder = context.folder("two-runs", true);
  const owner = { pid: process.pid, host: os.hostname(), ticks: null, since: new Date().toISOString() };
  writeFileSync(path.join(folder, "lock.json"), `${JSON.stringify(owner)}\n`);
  const outcome = await run(trainArguments(context.project, folder));
  const wrong = complaint(outcome, [2]);
  const isNamed = outcome.stderr.includes(`process ${process.pid} on ${os.hostname()}`);
  context.clean(folder);
  return wrong ?? (isNamed ? undefined : `the owner is not named: ${outcome.stderr.slice(-200)}`);
}

export const twoRuns = {
  name: "two-runs",
  title: "Two processes on one folder",
  promise:
    "One runs; the other is refused, and its message names the owner. A lock whose owner is gone is taken over.",
  async run(context) {
    const tally = new Tally(context.say);
    const works = {
      "two new runs": (random) => inTrain(context, random, []),
      "two resumed runs": (random) => inTrain(context, random, ["--resume", "auto"]),
      "two pretrainings": (random) =>
        twice(random, pretrainArguments(context.project, context.folder("two-runs")), 500),
      "two resumed runs, and a lock that was left behind": (random) => twiceAfterStaleLock(context, random),
      "a lock that was left behind": (random) => afterStaleLock(context, random),
    };
    const rounds = Array(context.tries(6)).fill(Object.entries(works)).flat();
    await context.each(rounds, async ([what, work], random) => tally.add(what, await work(random)));
    tally.add("a lock of a running process", await underLiveLock(context));
    return tally.result("weights, log and samples are those of one run alone");
  },
};
