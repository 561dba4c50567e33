// Tries faults against the command line and says what happened:
//   npm run faults -- [--only kill-train,disk] [--quick] [--seed 1] [--json FILE] [--markdown FILE]
// --jobs is the number of tries that run in parallel. Every kind states a promise, and the table shows each try that breaks
// it. --quick makes a tenth of the tries. --from FILE writes the table from an earlier run's JSON without trying anything;
// with --only, it tries those kinds again.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { randomGenerator } from "../bench/random.js";
import { withGeneratedBlock } from "../scripts/generated-block.js";
import { markdown } from "./report.js";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    seed: { type: "string", default: "0" },
    json: { type: "string" },
    from: { type: "string" },
    markdown: { type: "string" },
    jobs: { type: "string", default: "2" },
    patience: { type: "string", default: "120" },
    keep: { type: "boolean", default: false },
  },
});

function chosenKinds(kinds) {
  if (flags.only === undefined) return kinds;
  const names = flags.only.split(",");
  const unknown = names.filter((name) => !kinds.some((kind) => kind.name === name));
  if (unknown.length > 0) {
    const known = kinds.map(({ name }) => name).join(", ");
    throw new Error(`--only: there is no kind ${unknown.join(", ")}; expected some of ${known}`);
  }
  return kinds.filter(({ name }) => names.includes(name));
}

function wholeNumber(name) {
  if (!/^\d{1,9}$/.test(flags[name])) throw new Error(`--${name}: expected a whole number`);
  return Number(flags[name]);
}

function commandText() {
  const shown = [...(flags.from ? [] : ["only"]), "quick", "seed"].filter((name) =>
    process.argv.some((word) => word.startsWith(`--${name}`)),
  );
  const words = shown.map((name) => (flags[name] === true ? `--${name}` : `--${name} ${flags[name]}`));
  return ["npm run faults", ...(words.length > 0 ? ["--", ...words] : [])].join(" ");
}

function save(result) {
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
  if (!flags.markdown) return;
  const page = existsSync(flags.markdown) ? readFileSync(flags.markdown, "utf8") : "";
  writeFileSync(flags.markdown, withGeneratedBlock(page, markdown(result)));
}

/** Makes the tiny project and the run without faults that others are compared with. */
async function makeContext(root) {
  const { makeProject, trainArguments } = await import("./project.js");
  const { run } = await import("./program.js");
  const { trainResult } = await import("./results.js");
  const project = await makeProject(path.join(root, "project"));
  const straight = path.join(root, "straight");
  const { code, stderr, seconds } = await run(trainArguments(project, straight));
  if (code !== 0) throw new Error(`the run without a fault failed: ${stderr.slice(-300)}`);
  const seed = wholeNumber("seed");
  const jobs = Math.max(1, wholeNumber("jobs"));
  let folders = 0;
  return {
    root,
    project,
    straight,
    expected: trainResult(straight),
    /** Duration of the run without a fault. */
    seconds,
    quick: flags.quick,
    seed,
    tries: (count) => (flags.quick ? Math.max(1, Math.ceil(count / 10)) : count),
    /** Calls `work` for each item, several at once. Each call has random numbers of its own, so that the order does not matter. */
    each: async (items, work) => {
      const queue = items.map((item, index) => ({
        item,
        random: randomGenerator(seed * 7919 + 104_729 * (index + 1)),
      }));
      const worker = async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift())
          await work(next.item, next.random);
      };
      // All workers end before an error is passed on, so that none goes on into the next kind.
      const ended = await Promise.allSettled(Array.from({ length: jobs }, worker));
      const failed = ended.find(({ status }) => status === "rejected");
      if (failed) throw failed.reason;
    },
    say: (line) => console.error(`faults: ${line}`),
    /** Returns the path of a new folder, which exists only if asked for. */
    folder: (name, create = false) => {
      folders += 1;
      const folder = path.join(root, `${name}-${folders}`);
      if (create) mkdirSync(folder);
      return folder;
    },
    clean: (folder) => {
      if (!flags.keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function tryKind(context, { name, title, promise, run }) {
  const began = performance.now();
  try {
    const result = await run(context);
    return { name, title, promise, seconds: (performance.now() - began) / 1000, ...result };
  } catch (error) {
    context.say(`${name} could not be tried: ${error.message}`);
    return { name, title, promise, tries: 0, held: 0, happened: "", failures: [], missing: error.message };
  }
}

/** Replaces the rows of kinds that were tried again, and keeps the order of the page. */
function withRow(rows, row, order) {
  const others = rows.filter(({ name }) => name !== row.name);
  return [...others, row].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

async function tryAll(kinds, order, earlier) {
  const root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-faults-"));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      rmSync(root, { recursive: true, force: true });
      process.exit(130);
    });
  }
  const result = {
    command: commandText(),
    triedAt: new Date().toISOString(),
    system: `${os.type()} ${os.release()}, Node ${process.versions.node}`,
    kinds: earlier?.kinds ?? [],
  };
  try {
    const context = await makeContext(root);
    for (const kind of kinds) {
      context.say(`${kind.name} ...`);
      const row = await tryKind(context, kind);
      result.kinds = withRow(result.kinds, row, order);
      context.say(`${kind.name}: ${row.held} of ${row.tries} held, ${Math.round(row.seconds ?? 0)} s`);
      save(result);
    }
  } finally {
    if (!flags.keep) rmSync(root, { recursive: true, force: true });
  }
  return result;
}

/** Tries the chosen kinds; with the JSON of an earlier run alone, none. */
async function main() {
  const earlier = flags.from && JSON.parse(readFileSync(flags.from, "utf8"));
  if (earlier && flags.only === undefined) return earlier;
  // The modules read it when they are loaded.
  process.env.FAULTS_PATIENCE = String(wholeNumber("patience"));
  const { KINDS } = await import("./kinds.js");
  const order = KINDS.map(({ name }) => name);
  return tryAll(chosenKinds(KINDS), order, earlier);
}

try {
  const result = await main();
  save(result);
  console.log(markdown(result));
  if (result.kinds.some(({ missing, tries, held }) => missing || held < tries)) process.exitCode = 1;
} catch (error) {
  console.error(`faults: ${error.message}`);
  process.exitCode = 1;
}
