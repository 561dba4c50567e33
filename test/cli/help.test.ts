import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const program = path.join(root, "dist/cli/main.js");

interface Loaded {
  readonly stdout: string;
  /** URLs of all scripts that ran, from V8's coverage. */
  readonly scripts: readonly string[];
  /** Shared libraries that were loaded when the process ended. */
  readonly libraries: readonly string[];
}

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-help-"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the program and returns what it loaded. A measurement of time would depend on the machine. */
function runAndInspect(...args: string[]): Loaded {
  const coverage = mkdtempSync(path.join(scratch, "coverage-"));
  const libraries = path.join(coverage, "libraries.txt");
  const atExit =
    "import{writeFileSync}from'node:fs';process.on('exit',()=>" +
    `writeFileSync(${JSON.stringify(libraries)},process.report.getReport().sharedObjects.join('\\n')))`;
  const result = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(atExit)}`, program, ...args],
    { encoding: "utf8", env: { ...process.env, NODE_V8_COVERAGE: coverage } },
  );
  expect(result.status, result.stderr).toBe(0);
  const scripts = readdirSync(coverage)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const { result: ran } = JSON.parse(readFileSync(path.join(coverage, name), "utf8"));
      return (ran as { url: string }[]).map(({ url }) => url);
    });
  return { stdout: result.stdout, scripts, libraries: readFileSync(libraries, "utf8").split("\n") };
}

/** Modules that help must not load: packages that are slow to load, and modules that load the addon. */
const HEAVY = /node_modules\/(zod|yaml|csv-parse|@huggingface)|dist\/(native|model|taaco|train|hub)\//;

describe("--help", () => {
  it("loads neither the addon nor any heavy package", () => {
    const { scripts, libraries, stdout } = runAndInspect("--help");
    expect(stdout).toContain("dialogue-ppo <command>");
    expect(scripts.some((url) => url.endsWith("dist/cli/program.js"))).toBe(true);
    expect(scripts.filter((url) => HEAVY.test(url))).toEqual([]);
    expect(libraries.filter((file) => /dialogue_ppo|libtorch/.test(file))).toEqual([]);
  });

  it("of each command loads neither the addon nor any heavy package", () => {
    const commands = completions("");
    expect(commands).toContain("train");
    for (const command of commands.filter((name) => name !== "completion")) {
      const { scripts, stdout } = runAndInspect(command, "--help");
      expect(stdout).toContain(`dialogue-ppo ${command}`);
      expect(
        scripts.filter((url) => HEAVY.test(url)),
        command,
      ).toEqual([]);
    }
  });

  it("shows the type of text, number and boolean options, and no type for a choice", () => {
    const { stdout } = runAndInspect("train", "--help");
    const shownType = (option: string): string | undefined =>
      new RegExp(`--${option} (?:.|\\n(?! +--))*?(?:\\[(string|number|boolean)\\]|(?=\\n +--))`).exec(
        stdout,
      )?.[1];
    expect(["data", "steps", "learning-rate", "watch"].map(shownType)).toEqual([
      "string",
      "number",
      "number",
      "boolean",
    ]);
    // A word may stand in place of the number of --prompt-turns.
    expect(["index-mode", "long-prompts", "optimizer", "prompt-turns"].map(shownType)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("begins with the options that only this command has", () => {
    const { stdout } = runAndInspect("evaluate", "--help");
    const flags = [...stdout.matchAll(/^ +--([\w-]+) /gm)].map(([, flag]) => flag);
    expect(flags[0]).toBe("run");
  });

  it("shows examples that can be copied, with the description of each below it", () => {
    const { stdout } = runAndInspect("train", "--help");
    expect(stdout).toContain(
      "\n\nExamples:\n  dialogue-ppo train\n      the starter models on the starter dialogues\n" +
        "  dialogue-ppo train --data my.csv --eval-fraction 0.1 --child my-child \\\n    --output-dir my-run\n",
    );
  });

  it("detects the heavy modules of a command that runs", () => {
    const { scripts } = runAndInspect("steps", "--json");
    expect(scripts.filter((url) => HEAVY.test(url))).not.toEqual([]);
  });
});

/** Returns bash's completions for the typed words, with the script that `completion` prints. */
function completions(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = [
    `dialogue-ppo() { '${process.execPath}' '${program}' "$@"; }`,
    "source <(dialogue-ppo completion bash)",
    `COMP_WORDS=(dialogue-ppo ${quoted}); COMP_CWORD=${words.length}`,
    "_dialogue_ppo",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own expansion
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const result = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect(result.status, result.stderr).toBe(0);
  return result.stdout.split("\n").filter((line) => line !== "");
}
