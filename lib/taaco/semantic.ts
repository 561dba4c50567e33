import { SPACE_KINDS } from "./names.ts";
import type { Span, TextModel } from "./text-model.ts";
import type { VectorSpace } from "./types.ts";
import type { ArithmeticMode, IndexValues } from "./values.ts";

/** Sum of the vectors of a segment's known tokens, and how many there were. */
export interface Bag {
  readonly sum: Float64Array;
  readonly known: number;
}

/** One entry a lemma of the text: its row in the space, or -1. */
function rowsOf(text: TextModel, space: VectorSpace): Int32Array {
  return Int32Array.from(text.vocabulary, (lemma) => space.row(lemma));
}

function bagOf(text: TextModel, span: Span, space: VectorSpace, rows: Int32Array): Bag {
  const sum = new Float64Array(space.dimensions);
  let known = 0;
  for (let index = span.from; index < span.to; index++) {
    const row = rows[text.lemmas[index] as number] as number;
    if (row < 0) continue;
    known += 1;
    const offset = row * space.dimensions;
    for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] as number) + (space.values[offset + d] as number);
  }
  return { sum, known };
}

function joined(a: Bag, b: Bag): Bag {
  return { sum: a.sum.map((value, index) => value + (b.sum[index] as number)), known: a.known + b.known };
}

function cosine(a: Float64Array, b: Float64Array): number | null {
  let [dot, left, right] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index] as number, b[index] as number];
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  return left === 0 || right === 0 ? null : dot / Math.sqrt(left * right);
}

const l1 = (values: Float64Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);

/** 1 - Jensen-Shannon divergence, base 2, of two bags scaled to sum 1 (Lin 1991). */
function topicSimilarity(a: Bag, b: Bag): number | null {
  const [left, right] = [l1(a.sum), l1(b.sum)];
  if (a.known === 0 || b.known === 0 || left === 0 || right === 0) return null;
  let divergence = 0;
  for (let index = 0; index < a.sum.length; index++) {
    const p = (a.sum[index] as number) / left;
    const q = (b.sum[index] as number) / right;
    const middle = (p + q) / 2;
    if (p > 0) divergence += 0.5 * p * Math.log2(p / middle);
    if (q > 0) divergence += 0.5 * q * Math.log2(q / middle);
  }
  return 1 - divergence;
}

/**
 * What the official tool computes for LDA: components are overwritten by their own position number over the L1 norm, so
 * that only the norms of the averaged vectors matter.
 */
function topicSimilarityAsPublished(a: Bag, b: Bag): number | null {
  const positions = 0.5 * 0.5 * a.sum.length * (a.sum.length - 1);
  const half = (known: number, sum: Float64Array): number => (known === 0 ? 0 : l1(sum) / known);
  const [left, right] = [half(a.known, a.sum), half(b.known, b.sum)];
  if (left === 0 && right === 0) return 1;
  if (left === 0 || right === 0) return 1 - positions / (left + right);
  const both = left + right;
  return 1 - positions * (Math.log2((2 * right) / both) / left + Math.log2((2 * left) / both) / right);
}

/** Similarity of two bags in a space of a kind; null where there is none. */
export function similarity(kind: VectorSpace["kind"], a: Bag, b: Bag, mode: ArithmeticMode): number | null {
  if (kind !== "lda") return cosine(a.sum, b.sum);
  const value = mode === "corrected" ? topicSimilarity(a, b) : topicSimilarityAsPublished(a, b);
  return value === null || value < 0 ? null : value;
}

/** After the official span-2 pass, each segment but the first and the last has grown by its follower. */
function grown(bags: readonly Bag[]): Bag[] {
  return bags.map((bag, index) =>
    index > 0 && index < bags.length - 1 ? joined(bag, bags[index + 1] as Bag) : bag,
  );
}

function mean(values: readonly (number | null)[], mode: ArithmeticMode): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length > 0) return known.reduce((sum, value) => sum + value, 0) / known.length;
  return mode === "corrected" ? null : 0;
}

/** Similarities of neighbours, and of each segment with its next two. */
function pairMeans(bags: readonly Bag[], kind: VectorSpace["kind"], mode: ArithmeticMode): (number | null)[] {
  const one = bags.slice(1).map((bag, index) => similarity(kind, bags[index] as Bag, bag, mode));
  const two: (number | null)[] = [];
  for (let index = 0; index + 2 < bags.length; index++) {
    const left = bags[index] as Bag;
    const next = joined(bags[index + 1] as Bag, bags[index + 2] as Bag);
    // The official left segment is already enlarged from the second pair on.
    const enlarged = mode === "faithful" && index > 0 ? joined(left, bags[index + 1] as Bag) : left;
    two.push(similarity(kind, enlarged, next, mode));
  }
  return [mean(one, mode), mean(two, mode)];
}

/** The twelve semantic indices; null for a kind without a space. */
export function semanticIndices(
  text: TextModel,
  spaces: readonly VectorSpace[],
  mode: ArithmeticMode,
): IndexValues {
  const values: IndexValues = {};
  let passes = 0;
  for (const kind of SPACE_KINDS) {
    const space = spaces.find((candidate) => candidate.kind === kind);
    const rows = space ? rowsOf(text, space) : new Int32Array();
    for (const unit of ["sent", "para"] as const) {
      const spans = unit === "sent" ? text.sentences : text.paragraphs;
      let bags = space ? spans.map((span) => bagOf(text, span, space, rows)) : [];
      // Faithful: the lists that an earlier space's span-2 pass enlarged are used again.
      for (let pass = 0; mode === "faithful" && pass < passes; pass++) bags = grown(bags);
      const [one, two] = space ? pairMeans(bags, kind, mode) : [null, null];
      values[`${kind}_1_all_${unit}`] = one ?? null;
      values[`${kind}_2_all_${unit}`] = two ?? null;
    }
    if (space) passes += 1;
  }
  return values;
}

/** The whole of a text as one bag. */
export function wholeBag(text: TextModel, space: VectorSpace): Bag {
  return bagOf(text, { from: 0, to: text.tokens.length }, space, rowsOf(text, space));
}
