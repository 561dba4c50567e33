import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { Environment } from "./wandb/environment.ts";

/** Many values of one step under one name, for histograms: rewards of the batch, KL of each turn. */
export type Distributions = Readonly<Record<string, ArrayLike<number>>>;

/** A place that figures and samples of a run are sent to. */
export interface Sink {
  /** As a warning names it. */
  readonly name: string;
  step(
    record: StepLog,
    samples: readonly SampleRecord[],
    distributions?: Distributions,
  ): void | Promise<void>;
  /** A checkpoint was written to the folder `dir`. */
  checkpoint(dir: string, step: number): void | Promise<void>;
  finish(exitCode: number): void | Promise<void>;
}

export interface SinkOptions {
  readonly config: TrainConfig;
  /** The run folder. */
  readonly outputDir: string;
  /** Last step of the run that goes on; figures beyond it are out of date. */
  readonly resumedFrom?: number | undefined;
  /** Steps of the whole run. */
  readonly totalSteps?: number | undefined;
  readonly env: Environment;
  readonly log: Logger;
}
