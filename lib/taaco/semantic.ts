import { type Bags, bagsOf, groupedBags, growBags, type Side, sideKnown, sideSum } from "./bags.ts";
import { SPACE_KINDS, type Unit } from "./names.ts";
import { similarity } from "./similarity.ts";
import type { TextModel } from "./text-model.ts";
import type { VectorSpace } from "./types.ts";
import type { ArithmeticMode, FamilyValues } from "./values.ts";

/** Two neighbours whose similarity enters an index. */
export interface SemanticPair {
  readonly segment: number;
  readonly value: number | null;
}

function compare(
  left: Side,
  right: Side,
  kind: VectorSpace["kind"],
  mode: ArithmeticMode,
  scratch: Scratch,
): number | null {
  const a = sideSum(left, scratch.left);
  const b = sideSum(right, scratch.right);
  return similarity(kind, a, b, sideKnown(left), sideKnown(right), mode);
}

interface Scratch {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** Similarities of each segment with the next one (span 1) or the next two joined (span 2). */
export function semanticPairs(
  bags: Bags,
  kind: VectorSpace["kind"],
  span: 1 | 2,
  mode: ArithmeticMode,
): SemanticPair[] {
  const scratch = { left: new Float64Array(bags.dimensions), right: new Float64Array(bags.dimensions) };
  const pairs: SemanticPair[] = [];
  for (let segment = 0; segment + span < bags.count; segment++) {
    // The official left segment is already enlarged from the second pair on.
    const enlarged = mode === "faithful" && span === 2 && segment > 0;
    const left = { bags, first: segment, joined: enlarged };
    const right = { bags, first: segment + 1, joined: span === 2 };
    pairs.push({ segment, value: compare(left, right, kind, mode, scratch) });
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
      for (const span of [1, 2] as const) {
        values.push(bags ? mean(semanticPairs(bags[unit], kind, span, mode), mode) : null);
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
  const whole = (text: TextModel): Side => ({
    bags: bagsOf(text, [{ from: 0, to: text.tokens.length }], space),
    first: 0,
    joined: false,
  });
  const scratch = { left: new Float64Array(), right: new Float64Array() };
  return compare(whole(a), whole(b), space.kind, mode, scratch);
}
