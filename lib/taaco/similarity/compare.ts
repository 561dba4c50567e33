import { reusedZeros } from "../text/reused.ts";
import type { TextModel } from "../text/text-model.ts";
import type { ArithmeticMode, VectorSpace } from "../types.ts";
import { type Bags, type Side, sideKnown, sideSum, sumVectors } from "./bags.ts";
import {
  cosine,
  publishedTopicSimilarity,
  similarityOrNull,
  summarizeTopics,
  type Topics,
  topicSimilarity,
} from "./similarity.ts";

const noneIfNegative = (value: number): number => (value < 0 ? Number.NaN : value);

const leftMemory = reusedZeros();
const rightMemory = reusedZeros();

/**
 * Compares pairs of segments. It caches what it computes for a single segment, since a segment occurs in several pairs.
 */
export class Comparison {
  readonly #kind: VectorSpace["kind"];
  readonly #mode: ArithmeticMode;
  /** Memory of the sums of joined sides. */
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  /** The sums over each segment of which they were needed. */
  readonly #summaries: (Topics | undefined)[];

  constructor(kind: VectorSpace["kind"], mode: ArithmeticMode, { count, dimensions }: Bags) {
    this.#kind = kind;
    this.#mode = mode;
    this.#left = leftMemory(dimensions);
    this.#right = rightMemory(dimensions);
    this.#summaries = new Array<Topics | undefined>(count).fill(undefined);
  }

  /**
   * Returns the similarity of two sides, or NaN if one side has no known word or if the published topic similarity is
   * negative.
   */
  value(left: Side, right: Side): number {
    const a = sideSum(left, this.#left);
    const b = sideSum(right, this.#right);
    if (this.#kind !== "lda") return cosine(a, b);
    return this.#mode === "corrected"
      ? topicSimilarity(a, b, this.#topics(left, a), this.#topics(right, b))
      : noneIfNegative(publishedTopicSimilarity(a, b, sideKnown(left), sideKnown(right)));
  }

  #topics({ first, joined }: Side, sum: Float64Array): Topics {
    if (joined) return summarizeTopics(sum);
    const known = this.#summaries[first] ?? summarizeTopics(sum);
    this.#summaries[first] = known;
    return known;
  }
}

/** A whole text as a vector of a space. */
export interface TextVector {
  /** Sum of the word vectors. */
  readonly sum: Float64Array;
  /** Number of words that the space contains. */
  readonly known: number;
}

/** Returns the unweighted sum of the vectors of all words of a text. */
export function textVector(text: TextModel, space: VectorSpace): TextVector {
  const { sums, known } = sumVectors(text, [{ from: 0, to: text.tokens.length }], space);
  return { sum: sums, known: known[0] as number };
}

/**
 * Returns the similarity of two whole texts in a space of the given kind, or null if one text has no known word or if
 * the published topic similarity is negative.
 */
export function textSimilarity(
  a: TextVector,
  b: TextVector,
  kind: VectorSpace["kind"],
  mode: ArithmeticMode,
): number | null {
  if (kind !== "lda") return similarityOrNull(cosine(a.sum, b.sum));
  const similarity =
    mode === "corrected"
      ? topicSimilarity(a.sum, b.sum, summarizeTopics(a.sum), summarizeTopics(b.sum))
      : noneIfNegative(publishedTopicSimilarity(a.sum, b.sum, a.known, b.known));
  return similarityOrNull(similarity);
}
