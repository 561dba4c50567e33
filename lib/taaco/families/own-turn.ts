import { type TextVector, textSimilarity, textVector } from "../similarity/compare.ts";
import { cosine, similarityOrNull } from "../similarity/similarity.ts";
import { lemmaIds, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import type { VectorSpace } from "../types.ts";
import { movingAverageRatio } from "./diversity.ts";
import type { IndexEntry, IndexGroup, IndexNeeds } from "./family.ts";

const MATTR_WINDOW = 10;

/** Number of words in a run that counts as copied. */
const RUN_LENGTH = 4;

/** Sums of the LSA vectors of a text. */
interface SpaceSums {
  /** Sum over all words. */
  readonly all: TextVector;
  /** Sum over content words, each vector scaled to unit length. */
  readonly content: Float64Array;
}

/** A turn, or the dialogue before it, prepared for the comparison of the two. */
export interface TurnSide {
  readonly text: TextModel;
  readonly contentLemmas: ReadonlySet<string>;
  /** All runs of {@link RUN_LENGTH} adjacent word forms, in the order of the text. */
  readonly runs: readonly string[];
  /** Sums of LSA vectors. Absent without an LSA space. */
  readonly lsa?: SpaceSums;
}

/** The dialogue before a turn. It can be reused for all turns that are compared with it. */
export interface TurnContext extends TurnSide {
  readonly knownRuns: ReadonlySet<string>;
}

function listRuns({ tokens }: TextModel): string[] {
  const forms = tokens.map(({ form }) => form);
  const count = Math.max(0, forms.length - RUN_LENGTH + 1);
  return Array.from({ length: count }, (_, index) => forms.slice(index, index + RUN_LENGTH).join(" "));
}

/**
 * Returns the sum of the vectors of the content words, each scaled to unit length. Neither function words nor the most
 * frequent words of the space, which have long vectors, then dominate the sum.
 */
function unitSum(text: TextModel, space: VectorSpace): Float64Array {
  const sum = new Float64Array(space.dimensions);
  for (const id of lemmaIds(text, Bit.content)) {
    const row = space.row(text.vocabulary[id] as string);
    if (row < 0) continue;
    const vector = space.values.subarray(row * sum.length, (row + 1) * sum.length);
    let square = 0;
    for (const value of vector) square += value * value;
    if (square === 0) continue;
    const scale = 1 / Math.sqrt(square);
    for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] as number) + scale * (vector[d] as number);
  }
  return sum;
}

/** Prepares a text for the turn measures. */
export function prepareSide(text: TextModel, spaces: readonly VectorSpace[]): TurnSide {
  const space = spaces.find(({ kind }) => kind === "lsa");
  const contentLemmas = new Set(lemmaIds(text, Bit.content).map((id) => text.vocabulary[id] as string));
  const lsa = space && { all: textVector(text, space), content: unitSum(text, space) };
  return { text, contentLemmas, runs: listRuns(text), ...(lsa && { lsa }) };
}

/** Prepares the dialogue before a turn for the turn measures. */
export function prepareTurnContext(text: TextModel, spaces: readonly VectorSpace[]): TurnContext {
  const side = prepareSide(text, spaces);
  return { ...side, knownRuns: new Set(side.runs) };
}

/** Returns the share of pairs of adjacent lemmas that occurred earlier in the text, or null below two words. */
function repeatedPairs(text: TextModel): number | null {
  const total = text.lemmas.length - 1;
  if (total < 1) return null;
  const pairs = new Set<number>();
  for (let index = 0; index < total; index++) {
    pairs.add((text.lemmas[index] as number) * text.vocabulary.length + (text.lemmas[index + 1] as number));
  }
  return 1 - pairs.size / total;
}

/**
 * Returns the share of runs of the turn that the context contains: 0 if the turn has no runs, null if it has no words.
 */
function copiedShare({ text, runs }: TurnSide, { knownRuns }: TurnContext): number | null {
  if (text.tokens.length === 0) return null;
  return runs.length === 0 ? 0 : runs.filter((run) => knownRuns.has(run)).length / runs.length;
}

function contentOverlap(turn: TurnSide, context: TurnContext): number | null {
  const types = [...turn.contentLemmas];
  return types.length === 0
    ? null
    : types.filter((word) => context.contentLemmas.has(word)).length / types.length;
}

/** How one measure of a turn after its context is computed. */
interface TurnMeasure {
  readonly compute: (turn: TurnSide, context: TurnContext) => number | null;
}

function measure(
  name: string,
  [meaning, formula]: readonly [meaning: string, formula: string],
  needs: IndexNeeds,
  compute: TurnMeasure["compute"],
): IndexEntry<TurnMeasure> {
  return { name, meaning, formula, needs, parts: { compute } };
}

const nullIfEmpty = ({ text }: TurnSide, value: (words: number) => number | null): number | null =>
  text.tokens.length === 0 ? null : value(text.tokens.length);

/** This package's measures of a turn in relation to the dialogue before it. */
export const TURN_MEASURES: IndexGroup<TurnMeasure> = {
  title: "The new turn in its dialogue",
  notation:
    "The turn is compared with all turns before it. s is the sum of the vectors of all words that the LSA space knows; u is the sum over " +
    "content words only, each vector scaled to length 1. The formulas are the same in corrected and faithful mode.",
  entries: [
    measure(
      "dppo_turn_words",
      ["Number of words in the turn.", "words"],
      {},
      ({ text }) => text.tokens.length,
    ),
    measure(
      "dppo_turn_mattr",
      [
        `Moving-average type-token ratio of the turn: the mean share of different lemmas in every run of ${MATTR_WINDOW} words.`,
        `mean of types / ${MATTR_WINDOW} over all windows of ${MATTR_WINDOW}; types / tokens for fewer`,
      ],
      {},
      (turn) => nullIfEmpty(turn, () => movingAverageRatio([...turn.text.lemmas], MATTR_WINDOW, "corrected")),
    ),
    measure(
      "dppo_turn_content_overlap",
      [
        "Of the different content lemmas of the turn, the share that occurs as a content word in the dialogue before it.",
        "shared types / types of the turn",
      ],
      { text: "dialogue" },
      contentOverlap,
    ),
    measure(
      "dppo_turn_lsa",
      [
        "How similar the turn is to the dialogue before it, by meaning in the LSA space, all words.",
        "cos(s(turn), s(dialogue))",
      ],
      { text: "dialogue", space: "lsa" },
      (turn, { lsa }) => (turn.lsa && lsa ? textSimilarity(turn.lsa.all, lsa.all, "lsa", "corrected") : null),
    ),
    measure(
      "dppo_turn_lsa_content",
      [
        "How similar the turn's topic is to that of the dialogue before it: content words only, none weighing more for being frequent.",
        "cos(u(turn), u(dialogue))",
      ],
      { text: "dialogue", space: "lsa" },
      (turn, { lsa }) => (turn.lsa && lsa ? similarityOrNull(cosine(turn.lsa.content, lsa.content)) : null),
    ),
    measure("dppo_turn_pronouns", ["Pronouns in the turn, per word.", "pronouns / words"], {}, (turn) =>
      nullIfEmpty(turn, (words) => turn.text.tokens.filter(({ bits }) => bits & Bit.pronoun).length / words),
    ),
    measure(
      "dppo_turn_repetition",
      [
        "Share of the turn's pairs of adjacent lemmas that occurred earlier in the turn; empty below two words.",
        "1 − different pairs / pairs",
      ],
      {},
      ({ text }) => repeatedPairs(text),
    ),
    measure(
      "dppo_turn_copied",
      [
        `Share of the turn's runs of ${RUN_LENGTH} word forms that the dialogue before it contains as they are; 0 for a shorter turn.`,
        "runs found in the dialogue / runs",
      ],
      { text: "dialogue" },
      copiedShare,
    ),
  ],
};
