// Every file of a run, damaged in every way, and every command that reads a run.
import { cpSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { DAMAGES } from "../damage.js";
import { complaint, run } from "../program.js";
import { generateArguments, trainArguments } from "../project.js";
import { damageAtRandom, pick } from "../random-damage.js";
import { firstDifference, trainResult } from "../results.js";
import { Tally } from "../tally.js";
import { eachInWorkers } from "../workers.js";

const DEFAULT_SEED = 0;

/** Commands that read a run. Each returns the arguments for a run's folder. */
const READERS = {
  resume: (context, folder) => trainArguments(context.project, folder, { more: ["--resume"] }),
  generate: (_, folder) => generateArguments("--run", folder),
  evaluate: (_, folder, output) => [
    ...["evaluate", "--run", folder, "--samples-per-prompt", "1", "--max-new-tokens", "5"],
    ...["--device", "cpu", "--output", output, "--json"],
  ],
  report: (_, folder, output) => ["report", folder, "--output", `${output}.html`],
};

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes("tfevents"))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

/** Returns a file with the same extension from another place of the run. */
function otherFile(folder, file, files) {
  const alike = files.filter((each) => each !== file && path.extname(each) === path.extname(file));
  const sizes = alike.map((each) => [each, statSync(path.join(folder, each)).size]);
  const own = statSync(path.join(folder, file)).size;
  const nearest = sizes.sort((a, b) => Math.abs(a[1] - own) - Math.abs(b[1] - own))[0]?.[0];
  return path.join(folder, nearest ?? files.find((each) => each !== file));
}

/** Removes what differs between two runs of a command on the same input. */
const comparable = (stdout) =>
  stdout
    .replace(
      /"(seconds|time|date|measuredAt|page|output|run|folder|file|report|tokensPerSecond)":("[^"]*"|[\d.]+),?/g,
      "",
    )
    .replaceAll(/\/[^\s",]*/g, "PATH");

/** Returns what a resumed run must give. What a damaged log or file of samples held is lost, and nothing else. */
function expectedAfter({ log, samples, ...model }, file) {
  if (file === "samples.jsonl") return { ...model, log };
  return file === "training_log.jsonl" ? { ...model, samples } : { ...model, log, samples };
}

/**
 * Makes runs to damage, and a function that judges how a command reads a damaged one.
 *
 * @param seeds the seed of each run. The first must be that of the run without a fault, which resumed runs are compared with.
 */
async function prepare(context, seeds) {
  const runs = [];
  for (const seed of seeds) {
    const folder = context.folder("whole");
    // At step 4 of 6, so that it can be resumed.
    const more = ["--stop-after", "4", "--seed", String(seed)];
    const { code, stderr } = await run(trainArguments(context.project, folder, { more }));
    if (code !== 0) throw new Error(`the run to damage failed: ${stderr.slice(-300)}`);
    runs.push(folder);
  }
  const [whole] = runs;
  const counts = { same: 0, refused: 0 };
  const expected = {};
  for (const reader of ["generate", "evaluate"]) {
    const output = context.folder("damage-output");
    expected[reader] = comparable((await run(READERS[reader](context, whole, output))).stdout);
  }
  const read = async (reader, folder, file, command) => {
    const output = context.folder("damage-output");
    const outcome = await command(READERS[reader](context, folder, output));
    context.clean(output);
    const wrong = complaint(outcome, [0, 2]);
    counts[outcome.code === 0 ? "same" : "refused"] += 1;
    if (wrong || outcome.code !== 0) return wrong;
    if (reader === "resume") {
      const part = firstDifference(trainResult(folder), expectedAfter(context.expected, file));
      return part && `goes on with other ${part}`;
    }
    // What a report says is not compared.
    const isSame = reader === "report" || comparable(outcome.stdout) === expected[reader];
    return isSame ? undefined : "exit code 0 with another result";
  };
  const happened = () => `${counts.same} times the same result, ${counts.refused} times one line`;
  return { runs, files: filesOf(whole), read, happened };
}

export const damagedRun = {
  name: "damaged-run",
  title:
    "Every file of a run: removed, empty, truncated, null, of another type, with a changed bit, with zeros, or swapped",
  promise:
    "Resume, generate and evaluate give the same result as before, or one line that names the file, and exit code 2. Of a damaged log, only lines are lost.",
  async run(context) {
    const tally = new Tally(context.say);
    const { runs, files, read, happened } = await prepare(context, [DEFAULT_SEED]);
    const [whole] = runs;
    const pairs = files.flatMap((file) => Object.keys(DAMAGES).map((damage) => ({ file, damage })));
    const chosen = context.quick ? pairs.filter((_, index) => (index + context.seed) % 12 === 0) : pairs;
    await eachInWorkers(context, chosen, async ({ file, damage }, random, command) => {
      const folder = context.folder("damaged");
      for (const reader of ["generate", "report", "evaluate", "resume"]) {
        cpSync(whole, folder, { recursive: true });
        DAMAGES[damage](path.join(folder, file), random, otherFile(whole, file, files));
        tally.add(`${reader}, ${file} ${damage}`, await read(reader, folder, file, command));
        context.clean(folder);
      }
    });
    const part = context.quick
      ? `, of whose ${pairs.length} damages ${chosen.length} were tried (--quick)`
      : "";
    return tally.result(`${files.length} files${part}; ${happened()}`);
  },
};

export const damagedAtRandom = {
  name: "damaged-at-random",
  title:
    "A random file of a run with other values, bits, parts or length, of another run, or replaced by a folder, link, pipe or device",
  promise: damagedRun.promise,
  async run(context) {
    const tally = new Tally(context.say);
    const { runs, files, read, happened } = await prepare(context, [DEFAULT_SEED, DEFAULT_SEED + 1]);
    const [whole, other] = runs;
    const items = Array.from({ length: context.tries(300) }, (_, index) => files[index % files.length]);
    await eachInWorkers(context, items, async (file, random, command) => {
      const reader = pick(random, Object.keys(READERS));
      const folder = context.folder("damaged");
      cpSync(whole, folder, { recursive: true });
      const way = damageAtRandom(path.join(folder, file), random, path.join(other, file));
      if (way) tally.add(`${reader}, ${file} ${way}`, await read(reader, folder, file, command));
      context.clean(folder);
    });
    return tally.result(`seed ${context.seed}; ${happened()}`);
  },
};
