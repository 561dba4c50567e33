// Measures this package and its peers side by side, prints tables, and writes them as JSON and Markdown:
//   npm run bench -- [--python venv/bin/python] [--device cpu] [--threads N] [--repeats 3] [--limit 300]
//                    [--quick] [--only a,b] [--models DIR] [--json FILE] [--markdown FILE]
// --python names a Python with the packages of test/golden/requirements.txt; without it, the peers are left out. --quick
// uses tiny models, to see that everything runs. --models keeps the generated models for the next run. --from FILE measures
// nothing and writes the tables of an earlier run's JSON. Several --from join runs with different sections.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { withGeneratedBlock } from "../scripts/generated-block.js";
import { killAll } from "./contestants.js";
import { gpuCeilings, machineDescription, versions } from "./environment.js";
import { joinRuns } from "./join.js";
import { markdown, SECTIONS } from "./report.js";
import { measureCeilings } from "./sections/core.js";

/** Sections whose tables show a ceiling. */
const WITH_CEILINGS = new Set(["generation", "ppo", "loop", "teacher", "training"]);

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: process.env.DIALOGUE_PPO_PEER_PYTHON },
    device: { type: "string", default: "cpu" },
    threads: { type: "string", default: String(os.availableParallelism()) },
    repeats: { type: "string", default: "3" },
    limit: { type: "string", default: "300" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    models: { type: "string" },
    json: { type: "string" },
    from: { type: "string", multiple: true },
    markdown: { type: "string" },
  },
});

function positiveInteger(name) {
  const value = Number(flags[name]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: expected a number above 0`);
  return value;
}

function chosenSections() {
  if (flags.only === undefined) return SECTIONS;
  const names = flags.only.split(",");
  const unknown = names.filter((name) => !SECTIONS.some((section) => section.name === name));
  if (unknown.length > 0) {
    const known = SECTIONS.map(({ name }) => name).join(", ");
    throw new Error(`--only: there is no section ${unknown.join(", ")}; expected some of ${known}`);
  }
  return SECTIONS.filter(({ name }) => names.includes(name));
}

/** The options as they were given. Paths are left out, because they differ from machine to machine. */
function commandText() {
  const shown = ["quick", "only", "device", "threads", "repeats", "limit"].filter((name) =>
    process.argv.some((word) => word === `--${name}` || word.startsWith(`--${name}=`)),
  );
  const words = shown.map((name) => (flags[name] === true ? `--${name}` : `--${name} ${flags[name]}`));
  return ["npm run bench --", ...(flags.python ? ["--python PYTHON"] : []), ...words].join(" ");
}

/** Returns the ceilings of the processor or the GPU. */
const ceilingsOf = (context) => (context.device === "cpu" ? measureCeilings(context) : gpuCeilings(context));

/** Measures the sections one after the other and calls `save` after each. */
async function measureAll(context, sections, save) {
  const result = {
    command: commandText(),
    measuredAt: new Date().toISOString(),
    machine: machineDescription(context.device),
    device: context.device,
    versions: await versions(context),
    threads: context.threads,
    repeats: context.repeats,
    sections: {},
  };
  if (sections.some(({ name }) => WITH_CEILINGS.has(name))) {
    context.ceilings = await ceilingsOf(context);
    result.ceilings = context.ceilings;
  }
  for (const section of sections) {
    try {
      result.sections[section.name] = await section.measure(context);
    } catch (error) {
      // The other sections take an hour, so one that fails does not end the run.
      context.say(`${section.name} failed: ${error.message}`);
      killAll();
      process.exitCode = 1;
    }
    save(result);
  }
  return result;
}

function save(result) {
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
  if (!flags.markdown) return;
  const page = existsSync(flags.markdown) ? readFileSync(flags.markdown, "utf8") : "";
  writeFileSync(flags.markdown, withGeneratedBlock(page, markdown(result)));
}

/** Measures and returns the result. */
async function measure() {
  const temporary = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-bench-"));
  const models = path.resolve(flags.models ?? path.join(temporary, "models"));
  mkdirSync(models, { recursive: true });
  const context = {
    python: flags.python,
    device: flags.device,
    threads: positiveInteger("threads"),
    repeats: positiveInteger("repeats"),
    limit: positiveInteger("limit"),
    quick: flags.quick,
    models,
    temporary,
    say: (line) => console.error(`bench: ${line}`),
  };
  try {
    return await measureAll(context, chosenSections(), save);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

try {
  const earlier = flags.from && joinRuns(flags.from.map((file) => JSON.parse(readFileSync(file, "utf8"))));
  if (earlier) save(earlier);
  console.log(markdown(earlier || (await measure())));
  if (!earlier && !flags.python) console.error("bench: the peers were left out; --python names a Python");
} catch (error) {
  console.error(`bench: ${error.message}`);
  killAll();
  process.exitCode = 1;
}
