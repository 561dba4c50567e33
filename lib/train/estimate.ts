import type { TrainConfig } from "../options/train-config.ts";
import { STATES_KEPT } from "./state.ts";

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
  /** Size of the teacher's weights in memory; 0 without a teacher. */
  readonly teacherBytes: number;
  readonly vocabSize: number;
  /** Number of tokens of the longest prompt and the new turn together. */
  readonly longestTokens: number;
  /** Number of samples on which the times were measured. */
  readonly samples: number;
  /** Time to generate and reward the samples. */
  readonly rolloutSeconds: number;
  /** Time of the PPO step on the samples. */
  readonly updateSeconds: number;
  /** Memory of this process with all models loaded. */
  readonly residentBytes: number;
}

/** Training adds gradients and both Adam moments, each as large as the child, to the models that are already loaded. */
const TRAINING_COPIES = 3;
/** A minibatch holds the logits, their gradient and their softmax at the same time, as float32. */
const LOGIT_COPIES = 3;
const FLOAT_BYTES = 4;
/** Each saved state of the optimizer holds both Adam moments. */
const ADAM_MOMENTS = 2;

/**
 * Extrapolates from a trial to the whole run. The time is an upper estimate: it is taken to grow in proportion to the batch,
 * whereas batched generation grows more slowly.
 */
export function estimateRun(input: EstimateInput): Estimate {
  const { config, totalSteps, childBytes, vocabSize, longestTokens, residentBytes } = input;
  const share = config.batchSize / input.samples;
  const seconds = totalSteps * share * (input.rolloutSeconds + input.updateSeconds);
  const miniBatch = config.miniBatchSize ?? config.batchSize;
  const logits = miniBatch * longestTokens * vocabSize * FLOAT_BYTES * LOGIT_COPIES;
  const checkpoints = Math.ceil(totalSteps / input.checkpointInterval);
  return {
    seconds,
    bytes: residentBytes + TRAINING_COPIES * childBytes + logits,
    diskBytes: (checkpoints + 1) * childBytes + STATES_KEPT * ADAM_MOMENTS * childBytes,
  };
}
