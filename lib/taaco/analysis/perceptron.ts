import { findKey, type KeyTable } from "./key-table.ts";

/** A classifier with sparse rows of weights: each feature has a weight for some of the labels. */
export interface Perceptron {
  readonly labels: readonly string[];
  /** For the key of each feature, the start of its row times {@link ROW_LIMIT} plus the length of the row. */
  readonly rows: KeyTable;
  /** For each weight, the number of its label times 256 plus the weight, which is offset by {@link WEIGHT_ZERO}. */
  readonly weights: Uint16Array;
}

/** Number of weights that a row can have at most, plus one. */
export const ROW_LIMIT = 64;
export const WEIGHT_ZERO = 128;

/** Adds the weights of a feature to the scores of the labels. */
export function addFeature(
  { rows, weights }: Perceptron,
  scores: Int16Array | Int32Array,
  key: number,
): void {
  const place = findKey(rows, key);
  const start = (place / ROW_LIMIT) | 0;
  const end = start + (place & (ROW_LIMIT - 1));
  for (let at = start; at < end; at++) {
    const weight = weights[at] as number;
    (scores[weight >>> 8] as number) += (weight & 0xff) - WEIGHT_ZERO;
  }
}

const slots = new Int32Array(64);

/**
 * Adds the weights of many features to the scores of the labels. Each feature is elsewhere in memory. The first loop only reads
 * the slots, none of which depends on another, so that the processor waits for all of them at once.
 *
 * @param keys at most 64 features
 */
export function addFeatures(perceptron: Perceptron, scores: Int32Array, keys: ArrayLike<number>): void {
  const { entries, shift } = perceptron.rows;
  for (let at = 0; at < keys.length; at++)
    slots[at] = entries[2 * ((keys[at] as number) >>> shift)] as number;
  for (let at = 0; at < keys.length; at++) addFeature(perceptron, scores, keys[at] as number);
}

/** Returns the label with the highest score. */
export function best(scores: Int32Array): number {
  let label = 0;
  let highest = scores[0] as number;
  for (let other = 1; other < scores.length; other++) {
    const score = scores[other] as number;
    if (score > highest) {
      highest = score;
      label = other;
    }
  }
  return label;
}
