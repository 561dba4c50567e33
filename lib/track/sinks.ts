import type { Logger } from "../log.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import { LiveSink } from "./live-sink.ts";
import type { Distributions, Sink, SinkOptions } from "./sink.ts";
import { TensorBoardSink } from "./tensorboard.ts";
import { TrackioSink } from "./trackio-sink.ts";
import { openWandb } from "./wandb/sink.ts";

/** All places together. Nothing here throws: what fails is said once, then that place is left out. */
export class Sinks {
  readonly #log: Logger;
  #sinks: Sink[];

  constructor(sinks: readonly Sink[], log: Logger) {
    this.#sinks = [...sinks];
    this.#log = log;
  }

  /** Names of the places that work. */
  get names(): string[] {
    return this.#sinks.map(({ name }) => name);
  }

  async step(
    record: StepLog,
    samples: readonly SampleRecord[],
    distributions: Distributions = {},
  ): Promise<void> {
    await this.#each((sink) => sink.step(record, samples, distributions));
  }

  async checkpoint(dir: string, step: number): Promise<void> {
    await this.#each((sink) => sink.checkpoint(dir, step));
  }

  /** @param exitCode of the process: 0, or that of the error that ended the run */
  async finish(exitCode: number): Promise<void> {
    await this.#each((sink) => sink.finish(exitCode));
    this.#sinks = [];
  }

  async #each(call: (sink: Sink) => void | Promise<void>): Promise<void> {
    for (const sink of [...this.#sinks]) {
      try {
        await call(sink);
      } catch (error) {
        this.#sinks = this.#sinks.filter((other) => other !== sink);
        this.#log.warn(`${sink.name}: ${errorMessage(error)}; the run goes on without it`);
      }
    }
  }
}

const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Opener = (options: SinkOptions) => Sink | undefined | Promise<Sink | undefined>;

const OPENERS: Readonly<Record<string, Opener>> = {
  TensorBoard: (options) => (options.config.tensorboard ? new TensorBoardSink(options) : undefined),
  "W&B": (options) => openWandb(options),
  Trackio: (options) => (options.env.TRACKIO_SERVER_URL ? new TrackioSink(options) : undefined),
  "live page": (options) => (options.config.watch ? LiveSink.open(options) : undefined),
};

/**
 * Opens what the configuration and the environment ask for: TensorBoard unless switched off, W&B with a project,
 * Trackio with TRACKIO_SERVER_URL, the live page with `watch`. What cannot be opened is said and left out.
 */
export async function openSinks(options: SinkOptions): Promise<Sinks> {
  const sinks: Sink[] = [];
  for (const [name, open] of Object.entries(OPENERS)) {
    try {
      const sink = await open(options);
      if (sink) sinks.push(sink);
    } catch (error) {
      options.log.warn(`${name}: ${errorMessage(error)}; the run goes on without it`);
    }
  }
  return new Sinks(sinks, options.log);
}
