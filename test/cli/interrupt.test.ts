import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { catchInterrupts, Interrupted, interruptible } from "../../lib/cli/interrupt.ts";
import { AtomicFile } from "../../lib/files/atomic-file.ts";
import { writeFolderAtomic } from "../../lib/files/atomic-folder.ts";
import { type TinyProject, tinyProject } from "../train/fixture.ts";

const root = path.resolve(import.meta.dirname, "../..");
const program = path.join(root, "dist/cli/main.js");
const interruptModule = pathToFileURL(path.join(root, "dist/cli/interrupt.js")).href;
const starter = path.join(root, "data/starter/dialogues.csv");

let project: TinyProject;

beforeAll(async () => {
  project = await tinyProject(30);
});
afterAll(() => rmSync(project.root, { recursive: true, force: true }));

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** Starts a command, sends it a signal when its standard error matches `trigger`, and waits for its end. */
async function signalCommand(name: NodeJS.Signals, trigger: RegExp, ...args: string[]): Promise<Ending> {
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
    child.kill(name);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on("exit", (...ending) => resolve(ending)),
  );
  expect(sent, stderr).toBe(true);
  return { code, signal, stderr };
}

const interruptCommand = (trigger: RegExp, ...args: string[]): Promise<Ending> =>
  signalCommand("SIGINT", trigger, ...args);

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
    // With another seed than the default, whose spaces come with the package.
    const options = [
      "--data",
      starter,
      "--seed",
      "1",
      "--child",
      project.child,
      "--teacher",
      project.teacher,
    ];
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

  it("leaves no part of an output that was being written", async () => {
    const left: string[][] = [];
    const folder = path.join(project.root, "killed");
    const kill = vi.spyOn(process, "kill").mockImplementation(() => {
      left.push(readdirSync(folder));
      return true;
    });
    const file = await AtomicFile.open(path.join(folder, "scores.csv"));
    await file.write("text\n");
    const never = new Promise<void>(() => {});
    const written = new Promise<void>((resolve) => {
      const fill = async (partial: string): Promise<void> => {
        writeFileSync(path.join(partial, "spaces.json"), "{}");
        resolve();
        await never;
      };
      void writeFolderAtomic(path.join(folder, "spaces"), fill, { shared: true });
    });
    await written;
    expect(readdirSync(folder)).toHaveLength(2);
    void interruptible(() => never);
    process.emit("SIGINT", "SIGINT");
    process.emit("SIGTERM", "SIGTERM");
    expect(left).toEqual([[]]);
    kill.mockRestore();
    await file.discard();
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

describe("a scheduler's warning", () => {
  const models = (): string[] => ["--child", project.child, "--teacher", project.teacher];
  const short = [
    "--score-preset",
    "original",
    "--max-new-tokens",
    "8",
    "--batch-size",
    "4",
    "--threads",
    "1",
  ];

  it.each(["SIGUSR1", "SIGUSR2", "SIGXCPU"] as const)(
    "%s: train finishes its step, saves and exits with 130",
    async (name) => {
      const run = at(`run-${name}`);
      const { code, stderr } = await signalCommand(
        name,
        /training to step/,
        ...["train", ...models(), ...short, "--data", project.data, "--output-dir", run],
        ...["--steps", "4000", "--checkpoint-interval", "4000"],
      );
      expect(code, stderr).toBe(130);
      expect(stderr).not.toMatch(/Debugger|inspector/);
      expect(readdirSync(run).filter((file) => file.startsWith("checkpoint-step-"))).toHaveLength(1);
    },
  );

  it("SIGUSR1: pretrain saves and exits with 130", async () => {
    const output = at("pretrained");
    const { code, stderr } = await signalCommand(
      "SIGUSR1",
      /pretrain: .*\n/,
      ...["pretrain", "--data", starter, "--output", output, "--steps", "4000", "--threads", "1"],
      ...["--size", "tiny", "--vocab-size", "300", "--batch-size", "2"],
    );
    expect(code, stderr).toBe(130);
    expect(stderr).not.toMatch(/Debugger/);
    expect(existsSync(path.join(output, "model.safetensors"))).toBe(true);
  });

  it("SIGUSR1: evaluate has nothing to save and ends", async () => {
    const { code, stderr } = await signalCommand(
      "SIGUSR1",
      /teacher: /,
      ...["evaluate", "--before", project.child, "--after", project.child, "--teacher", project.teacher],
      ...["--score-preset", "original", "--data", starter, "--output", at("evaluation")],
      ...["--samples-per-prompt", "5000"],
    );
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/^dialogue-ppo: interrupted; nothing was written$/m);
  });

  it("ends a command that handles no signals as SIGTERM does", async () => {
    const { signal, stderr } = await signalCommand(
      "SIGUSR1",
      /type a turn/,
      ...["generate", "--interactive", "--child", project.child],
    );
    expect(signal).toBe("SIGTERM");
    expect(stderr).not.toMatch(/Debugger/);
  });

  it("does not stop a run at once when it is repeated", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { stop, signal, stepsStarted, release } = catchInterrupts();
    stepsStarted();
    for (const name of ["SIGUSR1", "SIGUSR1", "SIGUSR2"] as const) process.emit(name, name);
    expect([stop.aborted, signal.aborted]).toEqual([true, false]);
    process.emit("SIGTERM", "SIGTERM");
    expect(signal.aborted).toBe(true);
    release();
    write.mockRestore();
  });

  it("leaves the exit code when it is repeated after the run, and SIGHUP never ends the process", () => {
    const script = `
      import { catchInterrupts, handleSignalsOutsideCommands } from ${JSON.stringify(interruptModule)};
      const send = async (name) => {
        process.kill(process.pid, name);
        await new Promise((resolve) => setTimeout(resolve, 50));
      };
      handleSignalsOutsideCommands();
      await send("SIGHUP");
      const interrupts = catchInterrupts();
      interrupts.stepsStarted();
      await send("SIGUSR1");
      process.exitCode = interrupts.stop.aborted ? 130 : 1;
      interrupts.release();
      for (const name of ["SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGHUP"]) await send(name);`;
    const { status, signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect([status, signal], stderr).toEqual([130, null]);
  });
});
