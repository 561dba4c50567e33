import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { kebabCase } from "../../lib/options/spelling.ts";
import { readLogFile } from "../../lib/run/log-file.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

const program = path.resolve(import.meta.dirname, "../../dist/cli/main.js");
const STEPS = 12;

let project: TinyProject;

function flags(name: string): string[] {
  const {
    resume: _resume,
    preset: _preset,
    ...options
  } = tinyRun(project, name, {
    steps: STEPS,
    checkpointInterval: 2,
    samplesPerStep: 2,
  });
  return Object.entries(options).flatMap(([key, value]) => [`--${kebabCase(key)}`, String(value)]);
}

const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [program, "train", ...args], { stdio: ["ignore", "ignore", "pipe"] });

function exit(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.on("exit", (code) => resolve({ code, stderr })));
}

const logOf = (run: string): string => path.join(run, "training_log.jsonl");

/** Waits until a run has logged the given number of steps. */
async function logged(run: string, steps: number): Promise<void> {
  while (!existsSync(logOf(run)) || readFileSync(logOf(run), "utf8").split("\n").length <= steps) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const comparable = (run: string): object[] =>
  readLogFile<{ step: number; stats: Record<string, number> }>(logOf(run), silentLogger).map(
    ({ step, stats }) => ({
      step,
      stats: Object.fromEntries(
        Object.entries(stats).filter(([name]) => !/^time\/|per_second|memory/.test(name)),
      ),
    }),
  );

const weights = (run: string): Buffer =>
  readFileSync(path.join(run, `checkpoint-step-${STEPS}/child_model/model.safetensors`));

beforeAll(async () => {
  project = await tinyProject();
});

describe("a run that is killed", () => {
  it("resumes to the same result, wherever kill -9 ended it", async () => {
    const straight = path.join(project.root, "straight");
    expect((await exit(start(...flags("straight")))).code).toBe(0);
    const killed = path.join(project.root, "killed");
    // The process is killed three times at arbitrary moments: between steps, in a step or in a checkpoint.
    for (const steps of [3, 6, 9]) {
      const child = start(...flags("killed"), "--resume", "auto");
      const ended = exit(child);
      await logged(killed, steps);
      child.kill("SIGKILL");
      await ended;
    }
    const last = await exit(start(...flags("killed"), "--resume", "auto"));
    expect(last.stderr).toContain(`step ${STEPS}`);
    expect(last.code).toBe(0);
    expect(comparable(killed)).toEqual(comparable(straight));
    expect(comparable(killed)).toHaveLength(STEPS);
    expect(readFileSync(path.join(killed, "samples.jsonl"), "utf8")).toBe(
      readFileSync(path.join(straight, "samples.jsonl"), "utf8"),
    );
    expect(weights(killed).equals(weights(straight))).toBe(true);
  });

  it("one Ctrl-C finishes the step, saves and exits with 130; the run can then be resumed", async () => {
    const run = path.join(project.root, "interrupted");
    const child = start(...flags("interrupted"));
    const ended = exit(child);
    await logged(run, 1);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain("finishing the step");
    const steps = comparable(run).length;
    expect(existsSync(path.join(run, `checkpoint-step-${steps}/state`))).toBe(true);
    expect((await exit(start("--output-dir", run, "--resume"))).code).toBe(0);
    expect(comparable(run)).toEqual(comparable(path.join(project.root, "straight")));
  });
});

describe("a resumed run", () => {
  it.each([
    ["no", undefined],
    ["an earlier", "[\n]\n"],
  ])("that is finished gets its log as an array when a kill left %s array", async (_state, left) => {
    const run = path.join(project.root, `finished-${left === undefined}`);
    expect((await exit(start(...flags(path.basename(run))))).code).toBe(0);
    const array = path.join(run, "training_log.json");
    const written = readFileSync(array, "utf8");
    rmSync(array);
    if (left !== undefined) writeFileSync(array, left);
    const { code, stderr } = await exit(start("--output-dir", run, "--resume"));
    expect([code, stderr]).toEqual([2, expect.stringContaining(`is at step ${STEPS} of ${STEPS} already`)]);
    expect(readFileSync(array, "utf8")).toBe(written);
    expect(existsSync(path.join(run, "lock.json"))).toBe(false);
  });

  it("is named as it was typed, relative to the working directory, or with its absolute path", async () => {
    const run = path.join(project.root, "named");
    expect((await exit(start(...flags("named"), "--stop-after", "1"))).code).toBe(0);
    const resumed = async (resume: string, cwd: string): Promise<string> => {
      const args = [program, "train", "--resume", resume, "--stop-after", "1"];
      const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
      return /, into (.*)$/m.exec((await exit(child)).stderr)?.[1] ?? "";
    };
    expect(await resumed("../named", project.child)).toBe("../named");
    expect(await resumed(path.join(run, "checkpoint-step-2"), project.root)).toBe("named");
    expect(await resumed("../named/checkpoint-step-3", project.child)).toBe(run);
  });
});

describe("a run whose terminal is closed", () => {
  it("continues after SIGHUP, when its output is no longer read", async () => {
    const run = path.join(project.root, "hung-up");
    const child = spawn(process.execPath, [program, "train", ...flags("hung-up"), "--json"], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const ended = new Promise((resolve) => child.on("exit", (...how) => resolve(how)));
    await logged(run, 2);
    for (const end of [child.stdin, child.stdout, child.stderr]) end.destroy();
    child.kill("SIGHUP");
    expect(await ended).toEqual([0, null]);
    expect(comparable(run)).toEqual(comparable(path.join(project.root, "straight")));
  });

  // A real terminal is needed, because Node itself has trouble at exit when its terminal is gone.
  it.skipIf(spawnSync("python3", ["-c", "import pty"]).status !== 0)(
    "continues when a real terminal is closed",
    async () => {
      const run = path.join(project.root, "closed");
      const script = path.join(project.root, "close.py");
      writeFileSync(script, CLOSE_TERMINAL);
      const command = [process.execPath, program, "train", ...flags("closed")];
      const python = spawn("python3", [script, logOf(run), ...command], { stdio: "ignore" });
      expect(await new Promise((resolve) => python.on("exit", resolve))).toBe(0);
      expect(comparable(run)).toEqual(comparable(path.join(project.root, "straight")));
    },
  );
});

/** Runs a command in a terminal, closes the terminal once the log has two lines, and exits as the command does. */
const CLOSE_TERMINAL = `
import os, pty, sys, time
log, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
os.set_blocking(terminal, False)
while not os.path.exists(log) or open(log).read().count("\\n") < 2:
    try:
        os.read(terminal, 65536)
    except BlockingIOError:
        time.sleep(0.01)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;
