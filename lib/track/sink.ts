import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { Environment } from "./wandb/environment.ts";

/** Values of one step for histograms, by name: for example the rewards of the batch or the KL of each turn. */
export type Distributions = Readonly<Record<string, ArrayLike<number>>>;

/** Destination for the metrics and samples of a run, such as TensorBoard or W&B. */
export interface Sink {
  /** Name in warnings. */
  readonly name: string;
  /** Logs the metrics and samples of one step. */
  step(
    record: StepLog,
    samples: readonly SampleRecord[],
    distributions?: Distributions,
  ): void | Promise<void>;
  /** Handles a checkpoint that was written to the folder `dir`. */
  checkpoint(dir: string, step: number): void | Promise<void>;
  /**
   * Logs the end of the run and closes the destination. Waits for other programs and machines only up to a deadline.
   * @param exitCode exit code of the process: 0, or that of the error that ended the run
   */
  finish(exitCode: number): void | Promise<void>;
}

/** Options for opening a {@link Sink}. */
export interface SinkOptions {
  readonly config: TrainConfig;
  /** Path of the run folder. */
  readonly outputDir: string;
  /** Last step of the run that is resumed. Metrics logged for later steps are out of date. Default: a new run. */
  readonly resumedFrom?: number | undefined;
  /** Number of steps of the whole run. */
  readonly totalSteps?: number | undefined;
  /** Environment variables, such as WANDB_MODE. */
  readonly env: Environment;
  readonly log: Logger;
}
