// Limits of memory, open files, file sizes and processes.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync } from "node:fs";
import { complaint, run } from "../program.js";
import { trainArguments } from "../project.js";
import { otherPart } from "../results.js";
import { Tally } from "../tally.js";

const MIB = 2 ** 20;

/** A program that uses the threads of Node: those of its pool and a worker. */
const THREADS = `
  const { pbkdf2 } = require("node:crypto");
  const { Worker } = require("node:worker_threads");
  for (let count = 0; count < 8; count++) pbkdf2("a", "b", 1000, 8, "sha1", () => {});
  new Worker("0", { eval: true }).on("exit", (code) => { process.exitCode = code; });`;

/** Returns whether Node itself works under a limit. */
function nodeStarts(before) {
  const words = [...before, process.execPath, "-e", THREADS];
  return spawnSync(words[0], words.slice(1), { timeout: 30_000 }).status === 0;
}

/** Returns limits with the words of prlimit, from narrow to wide. */
function limitsOf(random) {
  const pick = (low, high) => Math.round(low * (high / low) ** random());
  const files = pick(18, 90);
  const size = pick(2000, 400_000);
  const memory = pick(600, 6000);
  return [
    { what: `${memory} MiB of memory`, before: ["prlimit", `--as=${memory * MIB}`] },
    { what: `${files} open files`, before: ["prlimit", `--nofile=${files}`] },
    { what: `files of ${size} bytes`, before: ["prlimit", `--fsize=${size}`] },
  ];
}

async function trainUnder(context, before, output) {
  const outcome = await run(trainArguments(context.project, output), { before });
  const wrong = complaint(outcome, [0, 1, 2, 3]);
  const other = outcome.code === 0 ? otherPart(context, output) : undefined;
  context.clean(output);
  return { code: outcome.code, wrong: wrong ?? other };
}

/** Trains as a user without rights who may have few processes, since limits of processes do not hold for root. */
async function trainWithFewProcesses(context, count) {
  const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const before = ["prlimit", `--nproc=${count}`, ...user];
  if (!nodeStarts(user)) throw new Error("a user without rights cannot start Node here");
  if (!nodeStarts(before)) return undefined;
  const output = context.folder("limits", true);
  chmodSync(output, 0o777);
  return trainUnder(context, before, output);
}

export const limits = {
  name: "limits",
  title: "Limits of memory, open files, file sizes and processes",
  promise:
    "The result is the same, or one line says what ran out. Limits under which Node itself does not start are left out.",
  async run(context) {
    const found = spawnSync("prlimit", ["--version"], { timeout: 10_000 });
    if (found.status !== 0) throw new Error("prlimit (util-linux) is missing");
    const tally = new Tally(context.say);
    const counts = { same: 0, refused: 0 };
    const count = ({ code }) => {
      counts[code === 0 ? "same" : "refused"] += 1;
    };
    await context.each(Array.from({ length: context.tries(10) }), async (_, random) => {
      for (const { what, before } of limitsOf(random)) {
        if (!nodeStarts(before)) continue;
        const outcome = await trainUnder(context, before, context.folder("limits"));
        count(outcome);
        tally.add(`train, ${what}`, outcome.wrong);
      }
    });
    const readable = context.folder("limits");
    cpSync(context.project.root, readable, { recursive: true });
    chmodSync(context.root, 0o755);
    for (let processes = 8; processes <= (context.quick ? 12 : 24); processes += 4) {
      const outcome = await trainWithFewProcesses(context, processes).catch((error) => ({
        wrong: error.message,
      }));
      if (outcome === undefined) continue;
      count(outcome);
      tally.add(`train, ${processes} processes`, outcome.wrong);
    }
    return tally.result(`${counts.same} times the same result, ${counts.refused} times one line`);
  },
};
