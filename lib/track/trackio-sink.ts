import path from "node:path";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import type { StepLog } from "../run/records.ts";
import type { Sink, SinkOptions } from "./sink.ts";
import { TrackioRun } from "./trackio.ts";

/** Seconds for the entries that are left at the end of a run. */
const FINISH_SECONDS = 20;

/**
 * Sends metrics to a Trackio server in the background, so that a slow server never delays a step. After a failure
 * it warns once and tries again at each step.
 */
export class TrackioSink implements Sink {
  readonly name = "Trackio";
  readonly #run: TrackioRun;
  readonly #log: Logger;
  #sending: Promise<void> | undefined;
  #warned = false;

  constructor(options: SinkOptions) {
    const { config, outputDir, resumedFrom, env, log } = options;
    const folder = path.basename(path.resolve(outputDir));
    const project = env.TRACKIO_PROJECT || config.wandbProject || "dialogue-ppo";
    const run = resumedFrom === undefined ? folder : `${folder} from step ${resumedFrom}`;
    const [url, token] = [env.TRACKIO_SERVER_URL?.trim() ?? "", env.TRACKIO_WRITE_TOKEN?.trim() || undefined];
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
      throw new Error(`TRACKIO_SERVER_URL=${url}: expected an address such as http://localhost:7860`);
    }
    const { username, password } = new URL(url);
    if (username !== "" || password !== "") {
      // The value is not quoted, because it contains a password.
      throw new Error("TRACKIO_SERVER_URL: expected an address without user name and password");
    }
    this.#run = new TrackioRun({ url, token, project, run, config: { ...config } });
    this.#log = log;
  }

  step({ step, stats }: StepLog): void {
    const presentStats = Object.entries(stats).filter(([, value]) => value !== null);
    this.#run.log(step, Object.fromEntries(presentStats));
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  checkpoint(): void {}

  /** Sends the remaining entries, as far as the server takes them within a deadline. */
  async finish(): Promise<void> {
    const deadline = setTimeout(() => this.#run.abort(), FINISH_SECONDS * 1000);
    try {
      await this.#sending;
      await this.#run.flush();
    } catch (error) {
      const lost = formatCount(this.#run.queued + this.#run.leftOut, "step");
      throw new Error(`${(error as Error).message}; ${lost} could not be sent`, { cause: error });
    } finally {
      clearTimeout(deadline);
    }
    const { leftOut } = this.#run;
    if (leftOut > 0) throw new Error(`${formatCount(leftOut, "step")} could not be sent in time`);
  }

  async #send(): Promise<void> {
    try {
      await this.#run.flush();
    } catch (error) {
      if (!this.#warned) this.#log.warn(`Trackio: ${(error as Error).message}; tried again at the next step`);
      this.#warned = true;
    }
  }
}
