import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { evaluate } from "../../lib/evaluate/evaluate.ts";
import { generate } from "../../lib/generate/generate.ts";
import { report } from "../../lib/report/report.ts";
import { type TrainInput, train } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "../train/fixture.ts";

let project: TinyProject;
let original: string;

/** What a command gave: its result without times and places, or its error; and its warnings. */
interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
  readonly warnings: readonly string[];
}

const scratch = (): string => mkdtempSync(path.join(os.tmpdir(), "dppo-damage-"));

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
    } = await evaluate({ run, samplesPerPrompt: 1, output: scratch(), threads: 1 }, { log });
    const { date: __, ...where } = setting ?? {};
    // The copies of the run stand in different folders, which the result names.
    return JSON.parse(JSON.stringify({ ...record, setting: where }).replaceAll(run, "RUN"));
  },
  generate: (run, log) =>
    generate({ run, dialogue: "A:: so the dog ran\nB:: to a big garden", seed: 3 }, { log }),
  report: (run, log) =>
    readFileSync(report({ run, output: path.join(scratch(), "page.html") }, { log }).output, "utf8"),
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

function flipBit(file: string): void {
  const bytes = readFileSync(file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(file, bytes);
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

const DAMAGES: Record<string, (file: string, run: string, name: string) => void> = {
  removed: (file) => rmSync(file),
  empty: (file) => truncateSync(file),
  truncated: (file) => truncateSync(file, readFileSync(file).length >> 1),
  null: (file) => writeFileSync(file, "null\n"),
  "of the wrong type": changeTypes,
  "swapped with its sibling": (file, run, name) => cpSync(sibling(run, name), file),
  "changed in one bit": flipBit,
};

/** Files on which the result of a command does not depend. A change of a log is said, and the others go unnoticed. */
const UNUSED: Record<string, RegExp> = {
  "train --resume": /^(config|evaluation)\.json$|^(training_log|samples)\.jsonl$/,
  evaluate: /^(config|evaluation)\.json$|^(training_log|samples)\.jsonl$|\/state\//,
  generate: /^(config|evaluation)\.json$|^(training_log|samples)\.jsonl$|\/state\//,
  report: /^config\.json$|\/(state|child_model)\/|^reference\/|^score_preset\.json$|^manifest\.json$/,
};

/** Such a run is a run that has not been evaluated. */
const NOT_EVALUATED = "evaluation.json removed";

/** Messages of JavaScript and of libraries. */
const RAW =
  /Cannot (read|convert)|undefined|is not (a function|iterable|an object)|Unexpected (token|end)|in JSON at|ENOENT|EISDIR|\[object|NaN|header claims/;

function filesOf(run: string): string[] {
  return readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(run, path.join(entry.parentPath, entry.name)))
    .filter(
      (name) =>
        !name.includes("tensorboard") && !/^(checkpoint-step-[12]|report|training_log\.json$)/.test(name),
    )
    .filter((name) => !name.includes("tfevents"));
}

function copyRun(): string {
  const copy = path.join(scratch(), "run");
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
  it.each(Object.keys(DAMAGES))(
    "gives the right result, or one line that names the file: each that is %s",
    async (kind) => {
      const damage = DAMAGES[kind] as (typeof DAMAGES)[string];
      const used = filesOf(original).filter(
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
      const damage = DAMAGES[kind] as (typeof DAMAGES)[string];
      const run = copyRun();
      const unused = filesOf(original).filter((name) => UNUSED[command]?.test(name));
      expect(unused.length).toBeGreaterThan(0);
      for (const name of unused) damage(path.join(run, name), run, name);
      const { result, error } = await attempt(command, run);
      expect(error, kind).toBeUndefined();
      expect(result, kind).toEqual(expected[command]);
    }
  }, 120_000);
});
