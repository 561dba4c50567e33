import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { type Environment, findProgram, wandbKeySource } from "./environment.ts";

/** Returns the shell command that uploads a finished run. */
export const syncCommand = (directory: string): string =>
  `wandb sync ${/[^\w@%+=:,./-]/.test(directory) ? `'${directory.replaceAll("'", "'\\''")}'` : directory}`;

/** Runs the W&B command line as a child process that uploads a run while it is written. */
export class LiveSync {
  readonly #process: ChildProcess;
  readonly #killAtExit: () => void;
  readonly #exitCode: Promise<number | null>;

  private constructor(program: string, directory: string, env: Environment) {
    const log = openSync(path.join(directory, "logs", "sync.log"), "a");
    const stdio = ["ignore", log, log] as const;
    const settings = { stdio: [...stdio], env: { ...env } as NodeJS.ProcessEnv };
    this.#process = spawn(program, ["beta", "sync", "--live", directory], settings);
    closeSync(log);
    this.#exitCode = new Promise((resolve) => {
      this.#process.once("error", () => resolve(null));
      this.#process.once("exit", (code) => resolve(code));
    });
    // The child process waits for the end of the run without a limit, so it must end with this process.
    this.#killAtExit = () => this.#process.kill();
    process.once("exit", this.#killAtExit);
    this.#process.unref();
  }

  /** Starts the upload, or returns the reason when the program or the key is missing. */
  static start(directory: string, env: Environment): LiveSync | string {
    const program = findProgram("wandb", env);
    if (program === undefined) return "the wandb command line is not installed";
    if (wandbKeySource(env) === undefined) return "there is no W&B key (WANDB_API_KEY, or `wandb login`)";
    return new LiveSync(program, directory, env);
  }

  /**
   * Waits until everything is uploaded. The run must have written its exit record before.
   * @returns true when the upload succeeded within `seconds`; otherwise the process is stopped
   */
  async finish(seconds: number): Promise<boolean> {
    this.#process.ref();
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), seconds * 1000);
    });
    const code = await Promise.race([this.#exitCode, timedOut]);
    clearTimeout(timer);
    process.removeListener("exit", this.#killAtExit);
    if (this.#process.exitCode === null) this.#process.kill();
    return code === 0;
  }
}
