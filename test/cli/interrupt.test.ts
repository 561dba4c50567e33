import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { catchInterrupts, Interrupted, interruptible } from "../../lib/cli/interrupt.ts";
import { type TinyProject, tinyProject } from "../train/fixture.ts";

const root = path.resolve(import.meta.dirname, "../..");
const program = path.join(root, "dist/cli/main.js");
const starter = path.join(root, "data/starter/dialogues.csv");

let project: TinyProject;

beforeAll(async () => {
  project = await tinyProject(30);
});
afterAll(() => rmSync(project.root, { recursive: true, force: true }));

interface Ending {
  readonly code: number | null;
  readonly stderr: string;
}

/** Starts a command, sends Ctrl-C when its standard error matches `trigger`, and waits for its end. */
async function interruptCommand(trigger: RegExp, ...args: string[]): Promise<Ending> {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    // Standard input stays open, like a pipe from a program that has not written anything yet.
    stdio: ["pipe", "ignore", "pipe"],
    env: { ...process.env, XDG_CACHE_HOME: path.join(project.root, `cache-${args[0]}`) },
  });
  let stderr = "";
  let sent = false;
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    if (sent || !trigger.test(stderr)) return;
    sent = true;
    child.kill("SIGINT");
  });
  const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
  expect(sent, stderr).toBe(true);
  return { code, stderr };
}

const at = (name: string): string => path.join(project.root, name);

describe("Ctrl-C in a command that cannot be resumed", () => {
  it.each([
    ["evaluate", /teacher: /, "samples-per-prompt", "5000"],
    ["calibrate", /learning semantic spaces/, "seed", "0"],
    ["spaces build", /held out/, "dimensions", "300"],
    ["score", /composite: /, "workers", "0"],
    ["score", /composite: /, "workers", "2"],
  ])("%s: prints one line, exits with 130 and writes nothing", async (command, trigger, option, value) => {
    const { child, teacher } = project;
    const output = at(command === "score" ? "scores.csv" : "output");
    const models = ["--before", child, "--after", child, "--teacher", teacher, "--score-preset", "original"];
    const { code, stderr } = await interruptCommand(
      trigger,
      ...command.split(" "),
      ...(command === "evaluate" ? models : []),
      ...["--data", starter, "--output", output, `--${option}`, value],
    );
    expect(code, stderr).toBe(130);
    const lines = stderr.trimEnd().split("\n");
    expect(lines.at(-1)).toMatch(/^dialogue-ppo: interrupted; (nothing was written|.* was not written)$/);
    expect(lines.filter((line) => line.startsWith("dialogue-ppo: "))).toHaveLength(1);
    expect(existsSync(output)).toBe(false);
    expect(readdirSync(project.root).filter((name) => /partial/.test(name))).toEqual([]);
  });

  it("generate: exits with 130 while it waits for standard input", async () => {
    const { code, stderr } = await interruptCommand(/waiting for the dialogue/, "generate");
    expect(code, stderr).toBe(130);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe("dialogue-ppo: interrupted");
  });

  it("train: ends at once before its first step and creates no run folder", async () => {
    const run = at("run");
    const options = ["--data", starter, "--child", project.child, "--teacher", project.teacher];
    const { code, stderr } = await interruptCommand(
      /learning semantic/,
      "train",
      ...options,
      "--output-dir",
      run,
    );
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/^dialogue-ppo: interrupted before the first step$/m);
    expect(existsSync(run)).toBe(false);
  });
});

describe("the second Ctrl-C", () => {
  it("kills the process", async () => {
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    const before = process.listenerCount("SIGINT");
    let abort: AbortSignal | undefined;
    const work = interruptible((signal) => {
      abort = signal;
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => setImmediate(() => reject(signal.reason)));
      });
    });
    process.emit("SIGINT", "SIGINT");
    expect(abort?.aborted).toBe(true);
    expect(kill).not.toHaveBeenCalled();
    process.emit("SIGINT", "SIGINT");
    expect(kill.mock.calls).toEqual([[process.pid, "SIGINT"]]);
    expect(process.listenerCount("SIGINT")).toBe(before);
    await expect(work).rejects.toBeInstanceOf(Interrupted);
    kill.mockRestore();
  });

  it("aborts the step of a run, and the third kills the process", () => {
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { stop, signal, stepsStarted } = catchInterrupts();
    stepsStarted();
    process.emit("SIGTERM", "SIGTERM");
    expect([stop.aborted, signal.aborted]).toEqual([true, false]);
    process.emit("SIGINT", "SIGINT");
    expect([signal.aborted, kill.mock.calls.length]).toEqual([true, 0]);
    process.emit("SIGINT", "SIGINT");
    expect(kill.mock.calls).toEqual([[process.pid, "SIGINT"]]);
    expect(write.mock.calls.flat().join("")).toContain("finishing the step");
    kill.mockRestore();
    write.mockRestore();
  });
});
