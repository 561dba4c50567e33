import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { readLogFile } from "../../lib/run/log-file.ts";
import { type TinyProject, tinyProject } from "../train/fixture.ts";

const root = path.resolve(import.meta.dirname, "../..");
const program = path.join(root, "dist/cli/main.js");
const starter = path.join(root, "data/starter/dialogues.csv");

let project: TinyProject;
let full: number | undefined;

beforeAll(async () => {
  project = await tinyProject(8);
  if (existsSync("/dev/full")) full = openSync("/dev/full", "w");
});
afterAll(() => {
  rmSync(project.root, { recursive: true, force: true });
  if (full !== undefined) closeSync(full);
});

const at = (name: string): string => path.join(project.root, name);

describe("a reader of standard output that goes away", () => {
  it.each([
    ["score", "--data", starter],
    ["score", "--data", starter, "--json"],
    ["score", "--data", starter, "--explain", "lemma_ttr"],
  ])("ends %s %s %s without a message and with exit code 0", async (...args) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|dialogue-ppo: |\n {4}at /);
  });
});

it.skipIf(process.platform === "win32")(
  "a file that takes only a part of standard output is an error",
  () => {
    // The limit of 2 KiB stands for a disk that is nearly full: the first write is short, and there is no second one.
    const help = 'ulimit -f 2; exec "$0" "$1" train --help > "$2"';
    const { status, stderr } = spawnSync("bash", ["-c", help, process.execPath, program, at("cut.txt")], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect([status, stderr]).toEqual([
      1,
      "dialogue-ppo: standard output cannot be written: the file would exceed the largest size that is allowed (ulimit -f)\n",
    ]);
  },
);

describe.runIf(existsSync("/dev/full"))("a full disk under the outputs", () => {
  const run = (stdio: ("pipe" | number)[], ...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], {
      stdio: ["ignore", ...stdio],
      encoding: "utf8",
      timeout: 120_000,
    });

  it.each([
    ["score", "--data", starter],
    ["score", "texts"],
    ["steps", "--preset", "starter"],
    ["steps", "--preset", "starter", "--json"],
  ])("%s %s %s: one line and exit code 1", (...args) => {
    mkdirSync(at("texts"), { recursive: true });
    writeFileSync(at("texts/one.txt"), "The dog saw a cat. It ran away.");
    const { status, stderr } = run(
      [full as number, "pipe"],
      ...args.map((one) => (one === "texts" ? at("texts") : one)),
    );
    expect(status, stderr).toBe(1);
    const lines = stderr.split("\n").filter((line) => line.startsWith("dialogue-ppo: "));
    expect(lines).toEqual(["dialogue-ppo: standard output cannot be written: no space is left on the disk"]);
  });

  it("does not stop train, whose steps and checkpoints are complete", () => {
    const options = ["--child", project.child, "--teacher", project.teacher, "--data", project.data];
    const small = [
      "--steps",
      "2",
      "--batch-size",
      "4",
      "--max-new-tokens",
      "4",
      "--score-preset",
      "original",
    ];
    const args = ["train", ...options, ...small, "--json", "--output-dir", at("run")];
    expect(run([full as number, full as number], ...args).status).toBe(1);
    expect(readLogFile(at("run/training_log.jsonl"), silentLogger)).toHaveLength(2);
    expect(existsSync(at("run/checkpoint-step-2/training_info.json"))).toBe(true);
  });
});
