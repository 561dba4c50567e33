import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextCommand } from "../../lib/cli/commands/pretrain.ts";
import { shellPath } from "../../lib/format.ts";
import { trainCommand } from "../../lib/report/configuration.ts";
import { exampleRun } from "../report/example-run.ts";
import { runCli } from "./run-cli.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-words-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the words that a shell makes of a command. */
const shellWords = (command: string): string[] =>
  spawnSync("sh", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" })
    .stdout.split("\0")
    .slice(0, -1);

describe("a path in a command to type", () => {
  it.each([
    ["run", "run"],
    ["my run's", "my run's"],
    ["-x ü dir's", "./-x ü dir's"],
    ["--output", "./--output"],
    ["$HOME;*", "$HOME;*"],
  ])("%s reaches the command as %s", (file, expected) => {
    expect(shellWords(shellPath(file))).toEqual([expected]);
  });

  it("that begins with a dash is found by the command", async () => {
    const run = path.join(folder, "-my run");
    mkdirSync(run);
    writeFileSync(path.join(run, "config.json"), "{}");
    const lines = exampleRun(3).steps.map((step) =>
      JSON.stringify({ ...step, time: "2026-11-26T07:10:00.000Z" }),
    );
    writeFileSync(path.join(run, "training_log.jsonl"), `${lines.join("\n")}\n`);
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(await runCli("report", ...shellWords(shellPath("-my run")))).toMatchObject({ code: 0 });
      expect(await runCli("report", "-my run")).toMatchObject({ code: 2 });
    } finally {
      process.chdir(before);
    }
  });

  it("stands with its option in the commands of a report and of pretrain", () => {
    expect(shellWords(trainCommand({ data: "-d x.csv", promptTurns: -1, evalFraction: 0.1 }))).toContain(
      "--data=-d x.csv",
    );
    expect(shellWords(nextCommand({ data: "-d.csv" }, "-m") ?? "").slice(-4)).toEqual([
      "--data",
      "./-d.csv",
      "--child",
      "./-m",
    ]);
  });
});
