import { type Bags, groupBags, growBags, sumVectors } from "../similarity/bags.ts";
import { Comparison } from "../similarity/compare.ts";
import { cosine, cosinesOfNext, similarityOrNull } from "../similarity/similarity.ts";
import { reusedZeros } from "../text/reused.ts";
import type { TextModel } from "../text/text-model.ts";
import {
  type ArithmeticMode,
  type FamilyValues,
  SPACE_KINDS,
  type SpaceKind,
  type VectorSpace,
} from "../types.ts";
import {
  type FoundEvidence,
  followingSegments,
  segmentPairs,
  segments,
  UNIT_NOUNS,
  UNITS,
  type Unit,
} from "./evidence.ts";
import type { Family, FamilyContext, IndexEntry } from "./family.ts";

interface SemanticParts {
  readonly kind: SpaceKind;
  readonly unit: Unit;
  /** Number of following segments whose sum is the right side. */
  readonly span: 1 | 2;
}

const SPANS = [1, 2] as const;

/** Description and formula of the similarity in each kind of space. */
export const SPACE_SIMILARITY = {
  lsa: { what: "meaning in the LSA space", formula: (a: string, b: string) => `cos(${a}, ${b})` },
  lda: { what: "topics in the LDA space", formula: (a: string, b: string) => `1 − JSD(${a}, ${b})` },
  word2vec: { what: "meaning in the word2vec space", formula: (a: string, b: string) => `cos(${a}, ${b})` },
} as const;

/** Explanation of the LDA values in faithful mode, which do not depend on topics. */
export const FAITHFUL_LDA =
  "a function of the sizes (L1 norms) of the two averaged vectors only; topics play no part";

const FAITHFUL_SPAN_TWO = "from the second pair on, the left side is v(i) + v(i+1)";

function faithfulFormula({ kind, span }: SemanticParts): string | undefined {
  if (kind === "lda") return FAITHFUL_LDA;
  return span === 2 ? FAITHFUL_SPAN_TWO : undefined;
}

function semanticEntry(parts: SemanticParts): IndexEntry<SemanticParts> {
  const { kind, unit, span } = parts;
  const segment = UNIT_NOUNS[unit];
  const { what, formula } = SPACE_SIMILARITY[kind];
  const faithful = faithfulFormula(parts);
  return {
    name: `${kind}_${span}_all_${unit}`,
    meaning: `How similar a ${segment} is, on average, to ${span === 1 ? "the next one" : "the next two together"}, by ${what}.`,
    formula: `mean of ${formula("v(i)", span === 1 ? "v(i+1)" : "v(i+1) + v(i+2)")}`,
    ...(faithful !== undefined && { faithful }),
    needs: { space: kind },
    parts,
  };
}

const ENTRIES: readonly IndexEntry<SemanticParts>[] = SPACE_KINDS.flatMap((kind) =>
  UNITS.flatMap((unit) => SPANS.map((span) => semanticEntry({ kind, unit, span }))),
);

/** The similarity of each segment with those that follow it, or NaN if one side has no known word. */
type Similarities = readonly number[];

/**
 * Returns the similarity of a segment with those that follow it if it is already known, such as that of two paragraphs
 * of one sentence each, and undefined otherwise.
 */
type KnownSimilarity = (segment: number, span: 1 | 2) => number | undefined;

/**
 * Returns whether the left side also contains the next segment. In the official tool it does from the second pair on.
 */
const isEnlarged = (segment: number, span: 1 | 2, mode: ArithmeticMode): boolean =>
  mode === "faithful" && span === 2 && segment > 0;

/** Returns the similarity of each segment with the next one (span 1) or with the next two joined (span 2). */
function compareSegments(
  bags: Bags,
  comparison: Comparison,
  span: 1 | 2,
  mode: ArithmeticMode,
  known?: KnownSimilarity,
): Similarities {
  const found: number[] = [];
  for (let segment = 0; segment + span < bags.count; segment++) {
    let value = known?.(segment, span);
    if (value === undefined) {
      const left = { bags, first: segment, joined: isEnlarged(segment, span, mode) };
      const right = { bags, first: segment + 1, joined: span === 2 };
      value = comparison.value(left, right);
    }
    found.push(value);
  }
  return found;
}

function mean(similarities: Similarities, mode: ArithmeticMode): number | null {
  let sum = 0;
  let count = 0;
  for (const value of similarities) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  if (count > 0) return sum / count;
  return mode === "corrected" ? null : 0;
}

const sentenceMemory = reusedZeros();
const paragraphMemory = reusedZeros();

/**
 * Returns the vector sums of sentences and paragraphs, which are valid until the next call. A paragraph is the sum of
 * its sentences.
 *
 * @param earlierSpaces number of spaces whose indices are computed before
 */
function unitBags(
  text: TextModel,
  space: VectorSpace,
  mode: ArithmeticMode,
  earlierSpaces: number,
): Record<Unit, Bags> {
  const sent = sumVectors(text, text.sentences, space, sentenceMemory);
  const para = groupBags(sent, text.sentenceCounts, paragraphMemory);
  // The official tool reuses the segments that grew while it computed the indices of earlier spaces.
  for (let pass = 0; mode === "faithful" && pass < earlierSpaces; pass++) {
    growBags(sent);
    growBags(para);
  }
  return { sent, para };
}

const findSpace = (spaces: readonly VectorSpace[], kind: SpaceKind): VectorSpace | undefined =>
  spaces.find((space) => space.kind === kind);

/** Returns the twelve values in the order of the entries. Values of a kind without a space are null. */
function semanticValues(text: TextModel, { spaces, mode }: FamilyContext): FamilyValues {
  const values: (number | null)[] = [];
  let earlierSpaces = 0;
  for (const kind of SPACE_KINDS) {
    const space = findSpace(spaces, kind);
    const bags = space && unitBags(text, space, mode, earlierSpaces);
    if (space) earlierSpaces += 1;
    if (!space || !bags) {
      values.push(...UNITS.flatMap(() => SPANS.map(() => null)));
      continue;
    }
    const sentences = compareUnit(bags.sent, kind, mode);
    // The segments that have grown in faithful mode are not the same for both units.
    const known = mode === "faithful" ? undefined : similarityOfSentences(text, sentences);
    const paragraphs = compareUnit(bags.para, kind, mode, known);
    for (const similarities of [...sentences, ...paragraphs]) values.push(mean(similarities, mode));
  }
  return values;
}

/** The similarities of each span. */
type SpanSimilarities = readonly [one: Similarities, two: Similarities];

function compareUnit(
  bags: Bags,
  kind: SpaceKind,
  mode: ArithmeticMode,
  known?: KnownSimilarity,
): SpanSimilarities {
  if (kind !== "lda") return cosinesOfSegments(bags, mode, known);
  const comparison = new Comparison(kind, mode, bags);
  return [
    compareSegments(bags, comparison, 1, mode, known),
    compareSegments(bags, comparison, 2, mode, known),
  ];
}

/**
 * Returns the similarities of both spans, which are those of {@link compareSegments}, with one pass over the vectors of
 * three segments.
 */
function cosinesOfSegments(bags: Bags, mode: ArithmeticMode, known?: KnownSimilarity): SpanSimilarities {
  const { count, dimensions, sums } = bags;
  const one: number[] = [];
  const two: number[] = [];
  for (let segment = 0; segment + 2 < count; segment++) {
    const [knownOne, knownTwo] = [known?.(segment, 1), known?.(segment, 2)];
    const [next, nextTwo] =
      knownOne === undefined || knownTwo === undefined
        ? cosinesOfNext(sums, segment * dimensions, dimensions, isEnlarged(segment, 2, mode))
        : [knownOne, knownTwo];
    one.push(next);
    two.push(nextTwo);
  }
  if (count >= 2) {
    const last = sums.subarray((count - 2) * dimensions);
    one.push(cosine(last.subarray(0, dimensions), last.subarray(dimensions)));
  }
  return [one, two];
}

/** Returns the similarity of paragraphs that consist of one sentence each. */
function similarityOfSentences(
  { sentenceCounts }: TextModel,
  similarities: SpanSimilarities,
): KnownSimilarity {
  const only = onlySentences(sentenceCounts);
  return (paragraph, span) => {
    const sentence = only[paragraph] as number;
    if (sentence < 0 || only[paragraph + span] !== sentence + span) return undefined;
    return similarities[span - 1]?.[sentence];
  };
}

/** Returns the number of the sentence of each paragraph that has only one, and -1 for the others. */
function onlySentences(sentenceCounts: readonly number[]): number[] {
  const numbers: number[] = [];
  let sentence = 0;
  for (const count of sentenceCounts) {
    numbers.push(count === 1 ? sentence : -1);
    sentence += count;
  }
  return numbers;
}

/** Returns the distinct lemmas in `count` consecutive segments that a space contains. */
function knownWords(text: TextModel, unit: Unit, first: number, count: number, space: VectorSpace): string[] {
  const spans = segments(text, unit).slice(first, first + count);
  const lemmas = spans.flatMap(({ from, to }) => text.tokens.slice(from, to).map(({ lemma }) => lemma));
  return [...new Set(lemmas)].filter((lemma) => space.row(lemma) >= 0);
}

function explainSemantic(
  text: TextModel,
  { kind, unit, span }: SemanticParts,
  { spaces, mode }: FamilyContext,
): FoundEvidence {
  const space = findSpace(spaces, kind);
  if (!space) return { unit: segmentPairs(unit), evidence: [] };
  const earlierKinds = SPACE_KINDS.slice(0, SPACE_KINDS.indexOf(kind));
  const earlierSpaces = earlierKinds.filter((other) => findSpace(spaces, other)).length;
  const bags = unitBags(text, space, mode, earlierSpaces)[unit];
  const comparison = new Comparison(kind, mode, bags);
  const evidence = compareSegments(bags, comparison, span, mode).map((value, segment) => ({
    segment: segment + 1,
    with: followingSegments(segment, span),
    words: knownWords(text, unit, segment, isEnlarged(segment, span, mode) ? 2 : 1, space),
    withWords: knownWords(text, unit, segment + 1, span, space),
    value: similarityOrNull(value),
  }));
  return { unit: segmentPairs(unit), evidence };
}

/** The twelve indices of similarity in a semantic space. */
export const SEMANTIC: Family<SemanticParts> = {
  title: "Semantic similarity",
  notation:
    "v(i) is the sum of the vectors of all words of segment i that the space knows. For LDA both sides are scaled " +
    "to sum to 1 before they are compared. JSD is the Jensen-Shannon divergence with logarithms of base 2 (Lin 1991). Pairs without a value are left out of the mean. " +
    "Faithful mode also computes LDA and word2vec values on the segments that an earlier space's `_2_` indices have enlarged.",
  entries: ENTRIES,
  compute: semanticValues,
  explain: explainSemantic,
};
