import { fileErrorReason } from "../files/file-error.ts";
import type { Logger } from "../log.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import { LiveSink } from "./live-sink.ts";
import type { Distributions, Sink, SinkOptions } from "./sink.ts";
import { TensorBoardSink } from "./tensorboard.ts";
import { TrackioSink } from "./trackio-sink.ts";
import { openWandb } from "./wandb/sink.ts";

/** Sends a run's data to several sinks. Its methods never throw: a sink that fails is removed after one warning. */
export class Sinks {
  readonly #log: Logger;
  #sinks: Sink[];

  constructor(sinks: readonly Sink[], log: Logger) {
    this.#sinks = [...sinks];
    this.#log = log;
  }

  /** Names of the sinks that have not failed. */
  get names(): string[] {
    return this.#sinks.map(({ name }) => name);
  }

  /** Logs the metrics and samples of one step. */
  async step(
    record: StepLog,
    samples: readonly SampleRecord[],
    distributions: Distributions = {},
  ): Promise<void> {
    await this.#each((sink) => sink.step(record, samples, distributions));
  }

  /** Reports a checkpoint that was written to the folder `dir`. */
  async checkpoint(dir: string, step: number): Promise<void> {
    await this.#each((sink) => sink.checkpoint(dir, step));
  }

  /**
   * Finishes all sinks at the same time.
   * @param exitCode exit code of the process: 0, or that of the error that ended the run
   */
  async finish(exitCode: number): Promise<void> {
    await this.#each((sink) => sink.finish(exitCode), "");
    this.#sinks = [];
  }

  async #each(
    call: (sink: Sink) => void | Promise<void>,
    consequence = "; the run continues without it",
  ): Promise<void> {
    const attempt = async (sink: Sink): Promise<void> => {
      try {
        await call(sink);
      } catch (error) {
        this.#sinks = this.#sinks.filter((other) => other !== sink);
        this.#log.warn(`${sink.name}: ${errorMessage(error)}${consequence}`);
      }
    };
    await Promise.all(this.#sinks.map(attempt));
  }
}

function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { path } = error as NodeJS.ErrnoException;
  return path === undefined ? fileErrorReason(error) : `${path}: ${fileErrorReason(error)}`;
}

type Opener = (options: SinkOptions) => Sink | undefined | Promise<Sink | undefined>;

const OPENERS: Readonly<Record<string, Opener>> = {
  TensorBoard: (options) => (options.config.tensorboard ? new TensorBoardSink(options) : undefined),
  "W&B": (options) => openWandb(options),
  Trackio: (options) => (options.env.TRACKIO_SERVER_URL ? new TrackioSink(options) : undefined),
  "live page": (options) => (options.config.watch ? LiveSink.open(options) : undefined),
};

/**
 * Opens the sinks that the configuration and the environment select: TensorBoard unless it is switched off, W&B
 * when a project is set, Trackio when TRACKIO_SERVER_URL is set, and the live page with `watch`. Logs a warning for
 * a sink that cannot be opened and continues without it.
 */
export async function openSinks(options: SinkOptions): Promise<Sinks> {
  const sinks: Sink[] = [];
  for (const [name, open] of Object.entries(OPENERS)) {
    try {
      const sink = await open(options);
      if (sink) sinks.push(sink);
    } catch (error) {
      options.log.warn(`${name}: ${errorMessage(error)}; the run continues without it`);
    }
  }
  return new Sinks(sinks, options.log);
}
