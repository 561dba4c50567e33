/**
 * Similarities of vectors. NaN stands for a similarity that does not exist, so that many of them are an array of plain
 * numbers.
 */
import { entropyTerms, sumOfTerms } from "./entropy.ts";

/** A similarity that does not exist. As a constant, it costs nothing in a branch that is first taken late. */
const NONE = Number.NaN;

/** Returns a similarity, or null instead of NaN. */
export const similarityOrNull = (similarity: number): number | null =>
  Number.isNaN(similarity) ? null : similarity;

/** Returns the cosine of two vectors, or NaN if one of them is 0. */
export function cosine(a: Float64Array, b: Float64Array): number {
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
  return toCosine(dot, left, right);
}

/** @param left sum of the squares of one vector, and `right` of the other */
const toCosine = (dot: number, left: number, right: number): number =>
  left === 0 || right === 0 ? NONE : dot / Math.sqrt(left * right);

/**
 * Returns the {@link cosine} of a vector with the next one, and with the sum of the next two. Each sum waits for its
 * last addition, so that the processor computes all of them in the time of one.
 *
 * @param sums vectors one after the other, and `at` the place of the first of three
 * @param enlarged whether the next vector is added to the first for the second cosine
 */
export function cosinesOfNext(
  sums: Float64Array,
  at: number,
  dimensions: number,
  enlarged: boolean,
): [next: number, nextTwo: number] {
  const share = enlarged ? 1 : 0;
  let [dot, left, right, dotOfTwo, leftOfTwo, rightOfTwo] = [0, 0, 0, 0, 0, 0];
  const end = at + dimensions;
  for (let first = at; first < end; first++) {
    const x = sums[first] as number;
    const y = sums[first + dimensions] as number;
    const larger = x + share * y;
    const two = y + (sums[first + 2 * dimensions] as number);
    dot += x * y;
    left += x * x;
    right += y * y;
    dotOfTwo += larger * two;
    leftOfTwo += larger * larger;
    rightOfTwo += two * two;
  }
  return [toCosine(dot, left, right), toCosine(dotOfTwo, leftOfTwo, rightOfTwo)];
}

function l1(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += Math.abs(values[index] as number);
  return sum;
}

/** Sums over one topic mixture that the Jensen-Shannon divergence needs. */
export interface Topics {
  /** L1 norm of the mixture. */
  readonly total: number;
  /** Sum of p ln p over the mixture after it is scaled to sum to 1. */
  readonly negentropy: number;
}

/** Returns the sums over a topic mixture. A caller can reuse them for all pairs that contain the mixture. */
export function summarizeTopics(values: Float64Array): Topics {
  const total = l1(values);
  if (total === 0) return { total, negentropy: 0 };
  const scale = 1 / total;
  const terms = entropyTerms(values.length);
  for (let index = 0; index < values.length; index++) {
    const share = (values[index] as number) * scale;
    terms[index] = Math.max(share, 0);
  }
  return { total, negentropy: sumOfTerms(values.length) };
}

/**
 * Returns 1 minus the Jensen-Shannon divergence with base 2 (Lin 1991) of two topic mixtures, or NaN if one of them is
 * empty.
 *
 * @param left sums over `a`, from {@link summarizeTopics}
 * @param right sums over `b`
 */
export function topicSimilarity(a: Float64Array, b: Float64Array, left: Topics, right: Topics): number {
  if (left.total === 0 || right.total === 0) return NONE;
  const [p, q] = [1 / left.total, 1 / right.total];
  // JSD = H(m) - (H(P) + H(Q)) / 2, where m is the mean of P and Q. The sum is over 2m, so ln 2 is subtracted
  // afterwards.
  const terms = entropyTerms(a.length);
  for (let index = 0; index < a.length; index++) {
    const sum = (a[index] as number) * p + (b[index] as number) * q;
    terms[index] = Math.max(sum, 0);
  }
  const mixed = sumOfTerms(a.length);
  const divergence = (left.negentropy + right.negentropy - mixed + 2 * Math.LN2) / (2 * Math.LN2);
  // Without a common topic the divergence is 1. Rounding can bring it above, and so can negative components of a space.
  return Math.max(1 - divergence, 0);
}

/**
 * Returns the value that the official tool computes for LDA. The tool overwrites each component by its index divided by
 * the L1 norm, so that only the norms of the averaged vectors matter.
 *
 * @param knownLeft number of words in the sum `a`
 * @param knownRight number of words in the sum `b`
 */
export function publishedTopicSimilarity(
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
