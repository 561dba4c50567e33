import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileErrorReason } from "../../files/file-error.ts";
import { shellWord } from "../../format.ts";
import { type Environment, findProgram, wandbKeySource } from "./environment.ts";

/** Returns the shell command that uploads a finished run. */
export const syncCommand = (directory: string): string => `wandb sync ${shellWord(directory)}`;

/** Whether a signal can be sent to a group of processes. */
const HAS_GROUPS = process.platform !== "win32";

/** Seconds that the process gets to end by itself after it was told to. */
const GRACE_SECONDS = 3;

/** Runs the W&B command line as a child process that uploads a run while it is written. */
export class LiveSync {
  readonly #process: ChildProcess;
  readonly #killAtExit: () => void;
  readonly #exitCode: Promise<number | null>;

  private constructor(program: string, directory: string, env: Environment) {
    const log = openSync(path.join(directory, "logs", "sync.log"), "a");
    const stdio = ["ignore", log, log] as const;
    // In a group of its own, Ctrl-C in the terminal does not end the upload, and its own children can be ended with it.
    const settings = { stdio: [...stdio], env: { ...env } as NodeJS.ProcessEnv, detached: HAS_GROUPS };
    try {
      this.#process = spawn(program, ["beta", "sync", "--live", directory], settings);
    } finally {
      closeSync(log);
    }
    this.#exitCode = new Promise((resolve) => {
      this.#process.on("error", () => resolve(null));
      this.#process.once("exit", (code) => resolve(code));
    });
    // The child process waits for the end of the run without a limit, so it must end with this process.
    this.#killAtExit = () => this.#kill("SIGKILL");
    process.once("exit", this.#killAtExit);
    this.#process.unref();
  }

  /** Starts the upload, or returns the reason when that is not possible. */
  static start(directory: string, env: Environment): LiveSync | string {
    const program = findProgram("wandb", env);
    if (program === undefined) return "the wandb command line is not installed";
    if (wandbKeySource(env) === undefined) return "there is no W&B key (WANDB_API_KEY, or `wandb login`)";
    try {
      return new LiveSync(program, directory, env);
    } catch (error) {
      return `${program} cannot be started: ${fileErrorReason(error)}`;
    }
  }

  /**
   * Waits until everything is uploaded. The run must have written its exit record before.
   * @returns true when the upload succeeded within `seconds`; otherwise the process is ended, by force if needed
   */
  async finish(seconds: number): Promise<boolean> {
    this.#process.ref();
    let code = await this.#waitForExit(seconds);
    if (code === undefined) {
      this.#kill("SIGTERM");
      code = await this.#waitForExit(GRACE_SECONDS);
    }
    // Whatever is left of the group, the process itself or its children, must not outlive the run.
    this.#kill("SIGKILL");
    process.removeListener("exit", this.#killAtExit);
    this.#process.unref();
    return code === 0;
  }

  /** Returns the exit code; null when a signal ended the process or it never ran; undefined when it still runs. */
  async #waitForExit(seconds: number): Promise<number | null | undefined> {
    const timer = new AbortController();
    const timedOut = delay(seconds * 1000, undefined, { signal: timer.signal });
    const code = await Promise.race([this.#exitCode, timedOut]);
    timer.abort();
    await timedOut.catch(() => {});
    return code;
  }

  /** Sends a signal to the process and its children. That none of them exists any more is no error. */
  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(HAS_GROUPS ? -pid : pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
