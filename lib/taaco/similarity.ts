import type { VectorSpace } from "./types.ts";
import type { ArithmeticMode } from "./values.ts";

/** Cosine; null when one vector is 0. */
export function cosine(a: Float64Array, b: Float64Array): number | null {
  let dot = 0;
  let left = 0;
  let right = 0;
  for (let index = 0; index < a.length; index++) {
    const x = a[index] as number;
    const y = b[index] as number;
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  return left === 0 || right === 0 ? null : dot / Math.sqrt(left * right);
}

function l1(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += Math.abs(values[index] as number);
  return sum;
}

/** Jensen-Shannon divergence, base 2 (Lin 1991), of two vectors of sums `left` and `right` scaled to 1. */
function divergence(a: Float64Array, b: Float64Array, left: number, right: number): number {
  let total = 0;
  for (let index = 0; index < a.length; index++) {
    const p = (a[index] as number) / left;
    const q = (b[index] as number) / right;
    // p log p/m + q log q/m, with one logarithm fewer: m is the mean.
    const sum = p + q;
    if (p > 0) total += p * Math.log(p);
    if (q > 0) total += q * Math.log(q);
    if (sum > 0) total -= sum * Math.log(sum / 2);
  }
  return total / (2 * Math.LN2);
}

/** 1 - JSD of the two topic mixtures; null when one of them is empty. */
function topicSimilarity(a: Float64Array, b: Float64Array): number | null {
  const [left, right] = [l1(a), l1(b)];
  return left === 0 || right === 0 ? null : 1 - divergence(a, b, left, right);
}

/**
 * What the official tool computes for LDA: components are overwritten by their own position number over the L1 norm, so
 * that only the norms of the averaged vectors matter.
 */
function topicSimilarityAsPublished(
  a: Float64Array,
  b: Float64Array,
  knownLeft: number,
  knownRight: number,
): number {
  const positions = 0.25 * a.length * (a.length - 1);
  const left = knownLeft === 0 ? 0 : l1(a) / knownLeft;
  const right = knownRight === 0 ? 0 : l1(b) / knownRight;
  if (left === 0 && right === 0) return 1;
  const both = left + right;
  if (left === 0 || right === 0) return 1 - positions / both;
  return 1 - positions * (Math.log2((2 * right) / both) / left + Math.log2((2 * left) / both) / right);
}

/**
 * Similarity of two sums of word vectors in a space of a kind: cosine, for topics 1 - Jensen-Shannon divergence.
 *
 * @param knownLeft tokens in the sum; only the published topic similarity asks
 * @returns null where there is none: an empty side, or a negative topic similarity
 */
export function similarity(
  kind: VectorSpace["kind"],
  a: Float64Array,
  b: Float64Array,
  knownLeft: number,
  knownRight: number,
  mode: ArithmeticMode,
): number | null {
  if (kind !== "lda") return cosine(a, b);
  const value =
    mode === "corrected" ? topicSimilarity(a, b) : topicSimilarityAsPublished(a, b, knownLeft, knownRight);
  return value === null || value < 0 ? null : value;
}
