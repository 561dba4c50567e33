/**
 * Uniform numbers in [0, 1) that depend on the keys alone. SplitMix64 on BigInt would be slow; this is the 32-bit
 * generator "sfc32", seeded by hashing the keys.
 */
export function randomNumbers(...keys: readonly number[]): () => number {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (const key of keys) {
    a = (a ^ (key >>> 0)) | 0;
    b = (b ^ Math.floor(key / 2 ** 32)) | 0;
    for (let round = 0; round < 12; round++) next();
  }
  return next;
}

/**
 * The order in which an epoch visits its dialogues: a Fisher-Yates shuffle by (seed, epoch).
 * @returns each of 0 .. count - 1 once
 */
export function shuffledOrder(count: number, seed: number, epoch: number): Int32Array {
  const random = randomNumbers(seed, epoch + 1);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other] as number, order[index] as number];
  }
  return order;
}

/** Size and rhythm of a run. */
export interface StepCount {
  readonly dialogues: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly checkpointInterval: number;
}

/** Steps of a run: given, or as many whole batches as the epochs hold; ten checkpoints unless told otherwise. */
export function countSteps(
  dialogues: number,
  options: {
    batchSize: number;
    epochs?: number;
    steps?: number | undefined;
    checkpointInterval?: number | undefined;
  },
): StepCount {
  const stepsPerEpoch = Math.floor(dialogues / options.batchSize);
  const totalSteps = options.steps ?? (options.epochs ?? 1) * stepsPerEpoch;
  const checkpointInterval = options.checkpointInterval ?? Math.max(1, Math.floor(totalSteps / 10));
  return { dialogues, stepsPerEpoch, totalSteps, checkpointInterval };
}
