import { sfc32 } from "../random.ts";

/**
 * The order in which an epoch visits its dialogues: a Fisher-Yates shuffle by (seed, epoch).
 * @returns each of 0 .. count - 1 once
 */
export function shuffledOrder(count: number, seed: number, epoch: number): Int32Array {
  const random = sfc32(seed, epoch + 1);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other] as number, order[index] as number];
  }
  return order;
}

/** Size and rhythm of a run. */
export interface StepPlan {
  readonly dialogues: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly checkpointInterval: number;
}

/** Steps of a run: given, or as many whole batches as the epochs hold; ten checkpoints unless told otherwise. */
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
