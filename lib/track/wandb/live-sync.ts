import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { type Environment, findProgram, wandbKeySource } from "./environment.ts";

/** The line that uploads a run afterwards. */
export const syncCommand = (directory: string): string =>
  `wandb sync ${/[^\w@%+=:,./-]/.test(directory) ? `'${directory.replaceAll("'", "'\\''")}'` : directory}`;

/** The W&B command line as a companion that uploads a run while it is written. */
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
    // It waits for the end of the run for ever; if this process dies it must not stay behind.
    this.#killAtExit = () => this.#process.kill();
    process.once("exit", this.#killAtExit);
    this.#process.unref();
  }

  /** Starts it when there is a program and a key; otherwise the reason why not. */
  static start(directory: string, env: Environment): LiveSync | string {
    const program = findProgram("wandb", env);
    if (program === undefined) return "the wandb command line is not installed";
    if (wandbKeySource(env) === undefined) return "there is no W&B key (WANDB_API_KEY, or `wandb login`)";
    return new LiveSync(program, directory, env);
  }

  /**
   * Waits until all is uploaded, after the run has written its end.
   * @returns whether it ended well within `seconds`; otherwise it has been stopped
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
