import { sfc32 } from "../random.ts";

/**
 * Returns the order in which an epoch visits its dialogues: a Fisher-Yates shuffle that depends on seed and epoch only.
 * @returns a permutation of 0 to count - 1
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
