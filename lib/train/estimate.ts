import type { TrainConfig } from "../options/train-config.ts";

/** What a whole run will take, from what two samples took. */
export interface Estimate {
  /** Of the whole run, wall clock. */
  readonly seconds: number;
  /** Peak memory. */
  readonly bytes: number;
  /** Of the run's folder at its end. */
  readonly diskBytes: number;
}

export interface EstimateInput {
  readonly config: TrainConfig;
  readonly totalSteps: number;
  readonly checkpointInterval: number;
  readonly childBytes: number;
  readonly teacherBytes: number;
  readonly vocabSize: number;
  /** Tokens of the longest prompt together with the new ones. */
  readonly longestTokens: number;
  /** Measured on `samples` samples. */
  readonly samples: number;
  readonly rolloutSeconds: number;
  readonly updateSeconds: number;
  /** Of this process now, models loaded. */
  readonly residentBytes: number;
}

/** Gradients and both Adam moments come to the weights, the reference and the teacher that are loaded already. */
const TRAINING_COPIES = 3;
/** Logits, their gradient and their softmax live at once in a minibatch, float32. */
const LOGIT_COPIES = 3;
const FLOAT_BYTES = 4;
/** Weights and both moments, in the newest two checkpoints. */
const STATES_KEPT = 2;

/** Extrapolates; generation is batched, so that time grows more slowly than the batch, and this errs on the long side. */
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
    diskBytes: (checkpoints + 1) * childBytes + STATES_KEPT * 2 * childBytes,
  };
}
