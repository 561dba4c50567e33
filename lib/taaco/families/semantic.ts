import { SPACE_KINDS, type Unit } from "../names.ts";
import {
  type Bags,
  bagsOf,
  groupedBags,
  growBags,
  type Side,
  sideKnown,
  sideSum,
} from "../similarity/bags.ts";
import { similarity, type Topics, topicSimilarity, topicsOf } from "../similarity/similarity.ts";
import type { TextModel } from "../text/text-model.ts";
import type { ArithmeticMode, FamilyValues, VectorSpace } from "../types.ts";

/** Two neighbours whose similarity enters an index. */
export interface SemanticPair {
  readonly segment: number;
  /** Whether the left side is the segment and the next one together, a quirk of the official tool. */
  readonly enlarged: boolean;
  readonly value: number | null;
}

/** Compares sides; what it knows of single segments it keeps for the next pair. */
export class Comparison {
  readonly #kind: VectorSpace["kind"];
  readonly #mode: ArithmeticMode;
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  readonly #topics: (Topics | undefined)[] = [];

  constructor(kind: VectorSpace["kind"], mode: ArithmeticMode, dimensions: number) {
    this.#kind = kind;
    this.#mode = mode;
    this.#left = new Float64Array(dimensions);
    this.#right = new Float64Array(dimensions);
  }

  /** Null where there is no similarity: an empty side, or a negative value for topics. */
  value(left: Side, right: Side): number | null {
    const a = sideSum(left, this.#left);
    const b = sideSum(right, this.#right);
    if (this.#kind !== "lda") return similarity(this.#kind, a, b, 0, 0);
    const value =
      this.#mode === "corrected"
        ? topicSimilarity(a, b, this.#topicsOf(left, a), this.#topicsOf(right, b))
        : similarity(this.#kind, a, b, sideKnown(left), sideKnown(right));
    return value === null || value < 0 ? null : value;
  }

  #topicsOf({ first, joined }: Side, sum: Float64Array): Topics {
    if (joined) return topicsOf(sum);
    const known = this.#topics[first] ?? topicsOf(sum);
    this.#topics[first] = known;
    return known;
  }
}

/** Similarities of each segment with the next one (span 1) or the next two joined (span 2). */
export function semanticPairs(
  bags: Bags,
  comparison: Comparison,
  span: 1 | 2,
  mode: ArithmeticMode,
): SemanticPair[] {
  const pairs: SemanticPair[] = [];
  for (let segment = 0; segment + span < bags.count; segment++) {
    // The official left segment is already enlarged from the second pair on.
    const enlarged = mode === "faithful" && span === 2 && segment > 0;
    const left = { bags, first: segment, joined: enlarged };
    const right = { bags, first: segment + 1, joined: span === 2 };
    pairs.push({ segment, enlarged, value: comparison.value(left, right) });
  }
  return pairs;
}

function mean(pairs: readonly SemanticPair[], mode: ArithmeticMode): number | null {
  let sum = 0;
  let count = 0;
  for (const { value } of pairs) {
    if (value === null) continue;
    sum += value;
    count += 1;
  }
  if (count > 0) return sum / count;
  return mode === "corrected" ? null : 0;
}

/** Bags of both units; those of paragraphs are sums of their sentences'. */
export function unitBags(
  text: TextModel,
  space: VectorSpace,
  mode: ArithmeticMode,
  earlier: number,
): Record<Unit, Bags> {
  const sent = bagsOf(text, text.sentences, space);
  const para = groupedBags(sent, text.sentenceCounts);
  // Faithful: the lists that an earlier space's span-2 pass enlarged are used again.
  for (let pass = 0; mode === "faithful" && pass < earlier; pass++) {
    growBags(sent);
    growBags(para);
  }
  return { sent, para };
}

/** The twelve semantic indices, in the order of `SEMANTIC_NAMES`; null for a kind without a space. */
export function semanticIndices(
  text: TextModel,
  spaces: readonly VectorSpace[],
  mode: ArithmeticMode,
): FamilyValues {
  const values: (number | null)[] = [];
  let earlier = 0;
  for (const kind of SPACE_KINDS) {
    const space = spaces.find((candidate) => candidate.kind === kind);
    const bags = space && unitBags(text, space, mode, earlier);
    if (space) earlier += 1;
    for (const unit of ["sent", "para"] as const) {
      const comparison = new Comparison(kind, mode, space?.dimensions ?? 0);
      for (const span of [1, 2] as const) {
        values.push(bags ? mean(semanticPairs(bags[unit], comparison, span, mode), mode) : null);
      }
    }
  }
  return values;
}

/** Similarity of two whole texts in a space. */
export function textSimilarity(
  a: TextModel,
  b: TextModel,
  space: VectorSpace,
  mode: ArithmeticMode,
): number | null {
  // One table for both, so that the sides are told apart by their segment.
  const bags = [a, b].map((text) => bagsOf(text, [{ from: 0, to: text.tokens.length }], space)) as [
    Bags,
    Bags,
  ];
  const both: Bags = {
    count: 2,
    dimensions: space.dimensions,
    sums: Float64Array.from([...bags[0].sums, ...bags[1].sums]),
    known: Int32Array.from([...bags[0].known, ...bags[1].known]),
  };
  const [left, right] = [0, 1].map((first) => ({ bags: both, first, joined: false })) as [Side, Side];
  return new Comparison(space.kind, mode, space.dimensions).value(left, right);
}
