// A clock that goes back while a run trains.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { complaint, delay, run, start } from "../program.js";
import { trainArguments } from "../project.js";
import { otherPart } from "../results.js";
import { Tally } from "../tally.js";

const preload = pathToFileURL(path.join(import.meta.dirname, "../shifted-clock.js")).href;

/** Trains with a clock that goes back at a random moment, and compares with the straight run. */
async function withClockSetBack(context, random, hours, isKilled) {
  const folder = context.folder("clock");
  const env = {
    NODE_OPTIONS: `--import=${preload}`,
    FAULTS_CLOCK: `${Math.round(random() * 2000)},${hours}`,
    WANDB_MODE: "offline",
    WANDB_PROJECT: "faults",
  };
  const args = trainArguments(context.project, folder, { more: ["--resume", "auto", "--watch"] });
  const { child, outcome } = start(args, { env });
  if (isKilled) {
    await delay(500 + random() * 1500);
    child.kill("SIGKILL");
  }
  const first = await outcome;
  const last = first.code === 0 ? first : await run(args, { env });
  const other = otherPart(context, folder);
  return complaint(last, [0]) ?? other;
}

export const clock = {
  name: "clock",
  title: "The clock is set back during a run",
  promise: "The result is the same; locks, logs and trackers continue to work.",
  async run(context) {
    const tally = new Tally(context.say);
    const attempts = Array.from({ length: context.tries(10) }, (_, attempt) => attempt);
    await context.each(attempts, async (attempt, random) => {
      const hours = [1, 24, 24 * 365, 24 * 365 * 60][attempt % 4];
      const isKilled = attempt % 3 === 0;
      const wrong = await withClockSetBack(context, random, hours, isKilled);
      tally.add(`back by ${hours} h${isKilled ? ", killed and resumed" : ""}`, wrong);
    });
    return tally.result(
      "the clock that Node reads was set back by an hour to sixty years, a third of the runs were also killed",
    );
  },
};
