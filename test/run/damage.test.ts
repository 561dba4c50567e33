import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { evaluate } from "../../lib/evaluate/evaluate.ts";
import { generate } from "../../lib/generate/generate.ts";
import { report } from "../../lib/report/report.ts";
import { type TrainInput, train } from "../../lib/train/train.ts";
import { DAMAGES, filesOf, flipBit } from "../damage.ts";
import { temporaryFolder } from "../temporary.ts";
import { type TinyProject, tinyProject, tinyRun } from "../train/fixture.ts";

let project: TinyProject;
let original: string;

/** What a command gave: its result without times and places, or its error; and its warnings. */
interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
  readonly warnings: readonly string[];
}

async function runAll(input: TrainInput, log = { info: () => {}, warn: (_: string) => {} }): Promise<void> {
  for await (const _ of train(input, { log }));
}

const weights = (run: string, step: number): string =>
  readFileSync(path.join(run, `checkpoint-step-${step}/child_model/model.safetensors`)).toString("base64");

/** The commands that read a run. Each is given a copy that it may change. */
const COMMANDS: Record<
  string,
  (run: string, log: { info: () => void; warn: (text: string) => void }) => unknown
> = {
  "train --resume": async (run, log) => {
    await runAll({ resume: run }, log);
    return weights(run, 4);
  },
  evaluate: async (run, log) => {
    const {
      report: _,
      setting,
      ...record
    } = await evaluate({ run, samplesPerPrompt: 1, output: temporaryFolder(), threads: 1 }, { log });
    const { date: __, ...where } = setting ?? {};
    // The copies of the run stand in different folders, which the result names.
    return JSON.parse(JSON.stringify({ ...record, setting: where }).replaceAll(run, "RUN"));
  },
  generate: (run, log) =>
    generate({ run, dialogue: "A:: so the dog ran\nB:: to a big garden", seed: 3 }, { log }),
  report: (run, log) =>
    readFileSync(report({ run, output: path.join(temporaryFolder(), "page.html") }, { log }).output, "utf8"),
};

async function attempt(command: string, run: string): Promise<Outcome> {
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (text: string) => void warnings.push(text) };
  try {
    return { result: await COMMANDS[command]?.(run, log), warnings };
  } catch (error) {
    return { error, warnings };
  }
}

/** The same file of the checkpoint before, or another file of the run that is also JSON. */
function sibling(run: string, name: string): string {
  const before = path.join(run, name.replace("checkpoint-step-3", "checkpoint-step-2"));
  if (name.startsWith("checkpoint-step-3") && existsSync(before)) return before;
  return path.join(run, name === "score_preset.json" ? "config.json" : "score_preset.json");
}

/** Every number in a JSON text becomes a list, and every text a number. */
function changeTypes(file: string): void {
  const change = (value: unknown): unknown => {
    if (typeof value === "number") return [value];
    if (typeof value === "string" || value === null) return 7;
    if (Array.isArray(value)) return value.map(change);
    if (typeof value !== "object") return "yes";
    return Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, change(part)]));
  };
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".json")) writeFileSync(file, JSON.stringify(change(JSON.parse(text))));
  else if (file.endsWith(".jsonl"))
    writeFileSync(
      file,
      text.replace(/.+/g, (line) => JSON.stringify(change(JSON.parse(line)))),
    );
  else writeFileSync(file, '{"a":1}');
}

const RUN_DAMAGES: Record<string, (file: string, run: string, name: string) => void> = {
  ...DAMAGES,
  "of the wrong type": changeTypes,
  "swapped with its sibling": (file, run, name) => cpSync(sibling(run, name), file),
  "changed in one bit": flipBit,
};

/** Files on which the result of a command does not depend. A change of a log is said, and the others go unnoticed. */
const UNUSED: Record<string, RegExp> = {
  "train --resume": /^(config|evaluation)\.json$|^(training_log|samples)\.jsonl$/,
  evaluate: /^(config|evaluation)\.json$|^(training_log|samples)\.jsonl$|\/state\//,
  generate: /^(config|evaluation)\.json$|^(training_log|samples)\.jsonl$|\/state\//,
  report: /^config\.json$|\/(state|child_model)\/|^reference\/|^manifest\.json$/,
};

/** Such a run is a run that has not been evaluated. */
const NOT_EVALUATED = "evaluation.json removed";

/** Messages of JavaScript and of libraries. */
const RAW =
  /Cannot (read|convert)|undefined|is not (a function|iterable|an object)|Unexpected (token|end)|in JSON at|ENOENT|EISDIR|\[object|NaN|header claims/;

/** Returns the files of a run that are damaged. */
const filesToDamage = (run: string): string[] =>
  filesOf(run).filter(
    (name) =>
      !/tensorboard|tfevents/.test(name) && !/^(checkpoint-step-[12]|report|training_log\.json$)/.test(name),
  );

function copyRun(): string {
  const copy = path.join(temporaryFolder(), "run");
  cpSync(original, copy, { recursive: true });
  return copy;
}

let expected: Record<string, unknown>;

beforeAll(async () => {
  project = await tinyProject();
  const input = tinyRun(project, "run", {
    steps: 4,
    checkpointInterval: 1,
    evalFraction: 0.15,
    tensorboard: false,
  });
  await runAll({ ...input, stopAfter: 3 });
  original = input.outputDir as string;
  await evaluate({ run: original, samplesPerPrompt: 1 });
  const straight = tinyRun(project, "straight", { ...input, outputDir: path.join(project.root, "straight") });
  await runAll(straight);
  expected = { "train --resume": weights(straight.outputDir as string, 4) };
  for (const command of ["evaluate", "generate", "report"]) {
    const { result, error } = await attempt(command, original);
    expect(error).toBeUndefined();
    expected[command] = result;
  }
}, 120_000);

describe.each(Object.keys(COMMANDS))("%s of a run with a damaged file", (command) => {
  it.each(Object.keys(RUN_DAMAGES))(
    "gives the right result, or one line that names the file: each that is %s",
    async (kind) => {
      const damage = RUN_DAMAGES[kind] as (typeof RUN_DAMAGES)[string];
      const used = filesToDamage(original).filter(
        (name) => !UNUSED[command]?.test(name) && `${name} ${kind}` !== NOT_EVALUATED,
      );
      expect(used.length).toBeGreaterThan(3);
      for (const name of used) {
        const run = copyRun();
        const before = readFileSync(path.join(run, name));
        damage(path.join(run, name), run, name);
        // The files of a tokenizer are the same in every checkpoint.
        if (existsSync(path.join(run, name)) && readFileSync(path.join(run, name)).equals(before)) continue;
        const { result, error, warnings } = await attempt(command, run);
        const label = `${name} is ${kind}`;
        if (error === undefined) {
          const isSame = JSON.stringify(result) === JSON.stringify(expected[command]);
          if (!isSame) expect(warnings.join("\n"), label).toContain(path.basename(name));
        } else {
          expect(error, label).toBeInstanceOf(DialoguePpoError);
          const { message, exitCode } = error as DialoguePpoError;
          expect(exitCode, `${label}: ${message}`).toBe(2);
          expect(message, label).not.toMatch(RAW);
          expect(message, label).toMatch(
            new RegExp(`${path.basename(name)}|checkpoint-step-3|${path.basename(run)}`),
          );
        }
        rmSync(path.dirname(run), { recursive: true });
      }
    },
    120_000,
  );

  it("does not depend on the other files, damaged all at once", async () => {
    for (const kind of ["removed", "of the wrong type", "changed in one bit"]) {
      const damage = RUN_DAMAGES[kind] as (typeof RUN_DAMAGES)[string];
      const run = copyRun();
      const unused = filesToDamage(original).filter((name) => UNUSED[command]?.test(name));
      expect(unused.length).toBeGreaterThan(0);
      for (const name of unused) damage(path.join(run, name), run, name);
      const { result, error } = await attempt(command, run);
      expect(error, kind).toBeUndefined();
      expect(result, kind).toEqual(expected[command]);
    }
  }, 120_000);
});
