import { cosine } from "../similarity/similarity.ts";
import { lemmasOf, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import type { IndexValues, VectorSpace } from "../types.ts";
import { movingAverageRatio } from "./diversity.ts";
import { textSimilarity } from "./semantic.ts";

const MTLD_THRESHOLD = 0.72;
const HDD_DRAWS = 42;

/** One direction of MTLD: items per stretch over which the type-token ratio stays above the threshold. */
function mtldPass(items: readonly number[]): number {
  let factors = 0;
  let seen = new Set<number>();
  let length = 0;
  let current = 1;
  for (const item of items) {
    seen.add(item);
    length += 1;
    current = seen.size / length;
    if (current > MTLD_THRESHOLD) continue;
    factors += 1;
    seen = new Set();
    length = 0;
    current = 1;
  }
  factors += (1 - current) / (1 - MTLD_THRESHOLD);
  return factors === 0 ? items.length : items.length / factors;
}

/** Measure of textual lexical diversity (McCarthy & Jarvis 2010), the mean of both directions; null for no items. */
export function mtld(items: readonly number[]): number | null {
  if (items.length === 0) return null;
  return (mtldPass(items) + mtldPass(items.toReversed())) / 2;
}

/**
 * HD-D (McCarthy & Jarvis 2007): expected type-token ratio of 42 items drawn without replacement; null for fewer items.
 */
export function hdd(items: readonly number[]): number | null {
  if (items.length < HDD_DRAWS) return null;
  const counts = new Map<number, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) {
    let absent = 1;
    for (let draw = 0; draw < HDD_DRAWS; draw++) {
      absent *= Math.max(0, items.length - count - draw) / (items.length - draw);
    }
    sum += (1 - absent) / HDD_DRAWS;
  }
  return sum;
}

function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number | null {
  const union = new Set([...a, ...b]).size;
  return union === 0 ? null : [...a].filter((item) => b.has(item)).length / union;
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Length-robust companions of the official indices, over the whole text. */
export function textExtras(text: TextModel): IndexValues {
  const content = lemmasOf(text, Bit.content);
  const all = [...text.lemmas];
  const sets = (spans: TextModel["sentences"]): Set<number>[] =>
    spans.map((span) => new Set(lemmasOf(text, Bit.content, span)));
  const neighbours = (segments: readonly Set<number>[]): number | null =>
    meanOf(segments.slice(1).map((segment, index) => jaccard(segments[index] as Set<number>, segment)));
  return {
    dppo_words: all.length,
    dppo_content_mattr: movingAverageRatio(content, 25, "corrected"),
    dppo_lemma_mtld: mtld(all),
    dppo_lemma_hdd: hdd(all),
    dppo_content_jaccard_sent: neighbours(sets(text.sentences)),
    dppo_content_jaccard_para: neighbours(sets(text.paragraphs)),
  };
}

const wordsOf = (text: TextModel, bits: number): Set<string> =>
  new Set(lemmasOf(text, bits).map((id) => text.vocabulary[id] as string));

/** Repeated word pairs of a turn over its word pairs: 0 for none; null below two words. */
function repeatedPairs(text: TextModel): number | null {
  const total = text.lemmas.length - 1;
  if (total < 1) return null;
  const pairs = new Set<number>();
  for (let index = 0; index < total; index++) {
    pairs.add((text.lemmas[index] as number) * text.vocabulary.length + (text.lemmas[index + 1] as number));
  }
  return 1 - pairs.size / total;
}

/** Share of the turn's runs of four word forms that stand in the context as they are; 0 below four words, null for none. */
function copiedShare(turn: TextModel, context: TextModel): number | null {
  if (turn.tokens.length === 0) return null;
  const known = new Set<string>();
  const forms = context.tokens.map(({ form }) => form);
  for (let index = 0; index + 4 <= forms.length; index++) known.add(forms.slice(index, index + 4).join(" "));
  let copied = 0;
  for (let index = 0; index + 4 <= turn.tokens.length; index++) {
    const run = turn.tokens.slice(index, index + 4).map(({ form }) => form);
    if (known.has(run.join(" "))) copied += 1;
  }
  return turn.tokens.length < 4 ? 0 : copied / (turn.tokens.length - 3);
}

/**
 * Cosine of the topics of two texts: sums of the content lemmas' vectors, each of unit length, so that neither function
 * words nor the space's most frequent words decide; null when one of them has no known content word.
 */
function topicCosine(turn: TextModel, context: TextModel, space: VectorSpace): number | null {
  return cosine(unitSum(turn, space), unitSum(context, space));
}

function unitSum(text: TextModel, space: VectorSpace): Float64Array {
  const sum = new Float64Array(space.dimensions);
  for (const id of lemmasOf(text, Bit.content)) {
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

/** The new turn against what was said before it. */
export function turnExtras(turn: TextModel, context: TextModel, spaces: readonly VectorSpace[]): IndexValues {
  const said = wordsOf(context, Bit.content);
  const types = wordsOf(turn, Bit.content);
  const words = turn.tokens.length;
  const overlap = [...types].filter((word) => said.has(word)).length;
  const lsa = spaces.find(({ kind }) => kind === "lsa");
  const having = (bit: number): number => turn.tokens.filter(({ bits }) => bits & bit).length;
  return {
    dppo_turn_words: words,
    dppo_turn_mattr: words === 0 ? null : movingAverageRatio([...turn.lemmas], 10, "corrected"),
    dppo_turn_content_overlap: types.size === 0 ? null : overlap / types.size,
    dppo_turn_lsa: lsa ? textSimilarity(turn, context, lsa, "corrected") : null,
    dppo_turn_lsa_content: lsa ? topicCosine(turn, context, lsa) : null,
    dppo_turn_pronouns: words === 0 ? null : having(Bit.pronoun) / words,
    dppo_turn_repetition: repeatedPairs(turn),
    dppo_turn_copied: copiedShare(turn, context),
  };
}
