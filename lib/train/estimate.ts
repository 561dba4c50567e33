import type { TrainConfig } from "../options/train-config.ts";
import { STATES_KEPT } from "../run/step-folders.ts";

/** Estimate of the time, memory and disk space of a whole run. */
export interface Estimate {
  /** Wall-clock time of the whole run. */
  readonly seconds: number;
  /** Peak memory. */
  readonly bytes: number;
  /** Size of the run's folder when the run ends. */
  readonly diskBytes: number;
}

/** Measurements from which a run is estimated. */
export interface EstimateInput {
  readonly config: TrainConfig;
  readonly totalSteps: number;
  readonly checkpointInterval: number;
  /** Size of the child's weights in memory. */
  readonly childBytes: number;
  /** Number of tokens of the longest prompt of the data and a new turn of the largest length together. */
  readonly longestTokens: number;
  /** The step that was measured. Its minibatches are as large as those of the run. */
  readonly trial: {
    /** Number of samples. */
    readonly samples: number;
    /** Number of tokens of the longest prompt and new turn together. */
    readonly longestTokens: number;
    /** Time of the whole step. */
    readonly seconds: number;
    /** Largest memory of this process before the trainer was created. */
    readonly bytesBefore: number;
    /** Largest memory of this process after the step. */
    readonly bytesAfter: number;
  };
}

/**
 * A trainer holds the reference and both Adam moments, each as large as the child. Gradients count as memory of a
 * minibatch, because those of a large child are freed as soon as they are used.
 */
const TRAINER_COPIES = 3;
/** Each saved state of the optimizer holds both Adam moments. */
const ADAM_MOMENTS = 2;

/**
 * Extrapolates from a step to the whole run. The time of a batch that is larger than that of the trial is taken to grow
 * in proportion to the samples, and the memory of a minibatch in proportion to the tokens of its longest row.
 */
export function estimateRun(input: EstimateInput): Estimate {
  const { config, totalSteps, childBytes, longestTokens, trial } = input;
  const seconds = totalSteps * (config.batchSize / trial.samples) * trial.seconds;
  const miniBatchBytes = Math.max(0, trial.bytesAfter - trial.bytesBefore - TRAINER_COPIES * childBytes);
  const growth = Math.max(0, longestTokens / trial.longestTokens - 1);
  const checkpoints = Math.ceil(totalSteps / input.checkpointInterval);
  return {
    seconds,
    bytes: trial.bytesAfter + growth * miniBatchBytes,
    diskBytes: (checkpoints + 1) * childBytes + STATES_KEPT * ADAM_MOMENTS * childBytes,
  };
}
