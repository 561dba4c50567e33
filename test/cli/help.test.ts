import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const program = path.join(root, "dist/cli/main.js");

interface Loaded {
  readonly stdout: string;
  /** URLs of every script that ran, as V8's own coverage tells. */
  readonly scripts: readonly string[];
  /** Shared libraries of the process at its end. */
  readonly libraries: readonly string[];
}

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-help-"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the program and reports what it loaded: by inspection, since time depends on the machine. */
function loadedBy(...args: string[]): Loaded {
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

/** What no help needs: packages that are slow to load, and the modules that reach the addon. */
const HEAVY = /node_modules\/(zod|yaml|wink-|csv-parse|@huggingface)|dist\/(native|model|taaco|train|hub)\//;

describe("--help", () => {
  it("loads neither the addon nor any heavy package", () => {
    const { scripts, libraries, stdout } = loadedBy("--help");
    expect(stdout).toContain("dialogue-ppo <command>");
    expect(scripts.some((url) => url.endsWith("dist/cli/program.js"))).toBe(true);
    expect(scripts.filter((url) => HEAVY.test(url))).toEqual([]);
    expect(libraries.filter((file) => /dialogue_ppo|libtorch/.test(file))).toEqual([]);
  });

  it("of each command loads no more than that", () => {
    const commands = completions("");
    expect(commands).toContain("train");
    for (const command of commands.filter((name) => name !== "completion")) {
      const { scripts, stdout } = loadedBy(command, "--help");
      expect(stdout).toContain(`dialogue-ppo ${command}`);
      expect(
        scripts.filter((url) => HEAVY.test(url)),
        command,
      ).toEqual([]);
    }
  });

  it("says of no option that it takes text when it takes a number or one of several words", () => {
    const { stdout } = loadedBy("train", "--help");
    const typeOf = (option: string): string | undefined =>
      new RegExp(`--${option} (?:.|\\n(?! +--))*?(?:\\[(string|number|boolean)\\]|(?=\\n +--))`).exec(
        stdout,
      )?.[1];
    expect(["data", "steps", "learning-rate", "prompt-turns", "watch"].map(typeOf)).toEqual([
      "string",
      "number",
      "number",
      "number",
      "boolean",
    ]);
    expect(["index-mode", "long-prompts", "optimizer"].map(typeOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("the inspection notices what a working command does load", () => {
    const { scripts } = loadedBy("steps", "--json");
    expect(scripts.filter((url) => HEAVY.test(url))).not.toEqual([]);
  });
});

/** What bash would offer for the words typed so far, through the script that `completion` prints. */
function completions(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = [
    `dialogue-ppo() { '${process.execPath}' '${program}' "$@"; }`,
    "source <(dialogue-ppo completion)",
    `COMP_WORDS=(dialogue-ppo ${quoted}); COMP_CWORD=${words.length}`,
    "_dialogue-ppo_yargs_completions",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own expansion
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const result = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect(result.status, result.stderr).toBe(0);
  return result.stdout.split("\n").filter((line) => line !== "");
}

describe.skipIf(spawnSync("bash", ["-c", "compgen -W x"]).status !== 0)("completion in bash", () => {
  it("completes commands", () => {
    expect(completions("ste")).toEqual(["steps"]);
    expect(completions("")).toEqual(expect.arrayContaining(["steps", "build", "doctor"]));
  });

  it("completes a command's options", () => {
    expect(completions("steps", "--batch")).toContain("--batch-size");
    expect(completions("doctor", "--batch")).toEqual([]);
  });
});
