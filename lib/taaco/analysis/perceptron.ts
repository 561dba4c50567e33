/**
 * A classifier with sparse rows of weights: each feature has a weight for some of the labels. The features are in an
 * open-addressing table, whose entries are the key of a feature and the place of its row.
 */
export interface Perceptron {
  readonly labels: readonly string[];
  /** Two numbers for each entry: key, and start of the row times {@link ROW_LIMIT} plus its length. 0 is an empty entry. */
  readonly table: Int32Array;
  /** For each weight, the number of its label times 256 plus the weight, which is offset by 128. */
  readonly weights: Uint16Array;
}

/** Number of weights that a row can have at most, plus one. */
const ROW_LIMIT = 64;
const WEIGHT_ZERO = 128;

/**
 * Builds a classifier from its features.
 *
 * @param keys key of each feature
 * @param lengths number of weights of each feature
 */
export function buildPerceptron(
  labels: readonly string[],
  keys: Int32Array,
  lengths: Uint8Array,
  targets: Uint8Array,
  values: Int8Array,
): Perceptron {
  const weights = new Uint16Array(targets.length);
  for (let at = 0; at < targets.length; at++) {
    weights[at] = ((targets[at] as number) << 8) | ((values[at] as number) + WEIGHT_ZERO);
  }
  const size = 2 ** Math.ceil(Math.log2(keys.length * 1.5 + 2));
  const table = new Int32Array(2 * size);
  let start = 0;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] as number;
    let slot = key & (size - 1);
    while (table[2 * slot + 1] !== 0) slot = (slot + 1) & (size - 1);
    table[2 * slot] = key;
    table[2 * slot + 1] = start * ROW_LIMIT + (lengths[row] as number);
    start += lengths[row] as number;
  }
  return { labels, table, weights };
}

/** Adds the weights of a feature to the scores of the labels. */
export function addFeature(
  { table, weights }: Perceptron,
  scores: Int16Array | Int32Array,
  key: number,
): void {
  const mask = table.length / 2 - 1;
  let slot = key & mask;
  for (let place = table[2 * slot + 1] as number; place !== 0; place = table[2 * slot + 1] as number) {
    if (table[2 * slot] === key) {
      const start = (place / ROW_LIMIT) | 0;
      const end = start + (place & (ROW_LIMIT - 1));
      for (let at = start; at < end; at++) {
        const weight = weights[at] as number;
        (scores[weight >>> 8] as number) += (weight & 0xff) - WEIGHT_ZERO;
      }
      return;
    }
    slot = (slot + 1) & mask;
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
