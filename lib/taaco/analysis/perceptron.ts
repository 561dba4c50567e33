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
