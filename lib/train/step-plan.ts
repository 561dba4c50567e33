/** Number of steps of a run. */
export interface StepPlan {
  /** Number of dialogues. */
  readonly dialogues: number;
  /** Number of whole batches in an epoch. */
  readonly stepsPerEpoch: number;
  /** Number of steps of the whole run. */
  readonly totalSteps: number;
  /** Number of steps between two checkpoints. */
  readonly checkpointInterval: number;
}

/**
 * Plans the steps of a run. Without `steps`, the run has the whole batches of `epochs` epochs (default 1). Without
 * `checkpointInterval`, it writes about ten checkpoints.
 */
export function planSteps(
  dialogues: number,
  options: {
    batchSize: number;
    epochs?: number;
    steps?: number | undefined;
    checkpointInterval?: number | undefined;
  },
): StepPlan {
  const stepsPerEpoch = Math.floor(dialogues / options.batchSize);
  const totalSteps = options.steps ?? (options.epochs ?? 1) * stepsPerEpoch;
  const checkpointInterval = options.checkpointInterval ?? Math.max(1, Math.floor(totalSteps / 10));
  return { dialogues, stepsPerEpoch, totalSteps, checkpointInterval };
}
