import { findKey, type KeyIndex } from "./key-index.ts";

/** A classifier with sparse rows of weights: each feature has a weight for some of the labels. */
export interface Perceptron {
  readonly labels: readonly string[];
  /** The keys of the features. */
  readonly keys: KeyIndex;
  /** For each feature, the start of its row times {@link ROW_LIMIT} plus the length of the row. */
  readonly rows: Uint32Array;
  /** For each weight, the number of its label times 256 plus the weight, which is offset by {@link WEIGHT_ZERO}. */
  readonly weights: Uint16Array;
}

/** Number of weights that a row can have at most, plus one. */
export const ROW_LIMIT = 64;
export const WEIGHT_ZERO = 128;

/** Adds a row of weights to the scores of the labels. */
function addRow(weights: Uint16Array, scores: Int16Array | Int32Array, place: number): void {
  const start = (place / ROW_LIMIT) | 0;
  const end = start + (place & (ROW_LIMIT - 1));
  for (let at = start; at < end; at++) {
    const weight = weights[at] as number;
    (scores[weight >>> 8] as number) += (weight & 0xff) - WEIGHT_ZERO;
  }
}

/** Adds the weights of a feature to the scores of the labels. */
export function addFeature(
  { keys, rows, weights }: Perceptron,
  scores: Int16Array | Int32Array,
  key: number,
): void {
  const at = findKey(keys, key);
  if (at >= 0) addRow(weights, scores, rows[at] as number);
}

const touched = new Int32Array(64);
const places = new Int32Array(64);

/**
 * Adds the weights of many features to the scores of the labels. Each feature is elsewhere in memory. Therefore the
 * first loop only reads a number near each key and the second only finds the rows, so that the processor waits for all
 * of them at once.
 *
 * @param keys at most 64 features
 */
export function addFeatures(
  { keys: index, rows, weights }: Perceptron,
  scores: Int32Array,
  keys: ArrayLike<number>,
): void {
  const { starts, lows } = index;
  const last = lows.length - 1;
  for (let at = 0; at < keys.length; at++)
    touched[at] = lows[Math.min(starts[(keys[at] as number) >>> 16] as number, last)] as number;
  for (let at = 0; at < keys.length; at++) {
    const found = findKey(index, keys[at] as number);
    places[at] = found < 0 ? 0 : (rows[found] as number);
  }
  for (let at = 0; at < keys.length; at++) addRow(weights, scores, places[at] as number);
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
