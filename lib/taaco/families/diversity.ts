import { distinctCount, lemmasOf, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import type { ArithmeticMode, FamilyValues } from "../types.ts";
import { ratio } from "./ratio.ts";

const WINDOW = 50;

/** Distinct items over items. */
export function typeTokenRatio(items: readonly number[], mode: ArithmeticMode): number | null {
  return ratio(new Set(items).size, items.length, mode);
}

/**
 * Moving-average type-token ratio (Covington & McFall 2010): the mean ratio of every window; of at most one window's
 * items, their plain ratio.
 */
export function movingAverageRatio(
  items: readonly number[],
  window: number,
  mode: ArithmeticMode,
): number | null {
  if (items.length <= window) return typeTokenRatio(items, mode);
  let most = 0;
  for (const item of items) most = Math.max(most, item);
  const counts = new Int32Array(most + 1);
  let distinct = 0;
  let sum = 0;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as number;
    if (counts[item] === 0) distinct += 1;
    counts[item] = (counts[item] as number) + 1;
    if (index >= window) {
      const old = items[index - window] as number;
      counts[old] = (counts[old] as number) - 1;
      if (counts[old] === 0) distinct -= 1;
    }
    if (index >= window - 1) sum += distinct / window;
  }
  return sum / (items.length - window + 1);
}

/**
 * Distinct contiguous n-grams over all of them, across sentence ends. Each (n - 1)-gram gets a number, so that a pair of
 * numbers is exact whatever the vocabulary.
 */
function ngramRatio(items: Int32Array, size: 2 | 3, vocabulary: number, mode: ArithmeticMode): number | null {
  let heads = items;
  let distinct = 0;
  for (let length = 2; length <= size; length++) {
    const ids = new Map<number, number>();
    const next = new Int32Array(Math.max(0, items.length - length + 1));
    for (let index = 0; index < next.length; index++) {
      const key = (heads[index] as number) * vocabulary + (items[index + length - 1] as number);
      const id = ids.get(key) ?? ids.size;
      ids.set(key, id);
      next[index] = id;
    }
    heads = next;
    distinct = ids.size;
  }
  return ratio(distinct, heads.length, mode);
}

/** The 15 type-token ratios and densities, over the lemmas of the whole text; in the order of `DIVERSITY_NAMES`. */
export function diversityIndices(text: TextModel, mode: ArithmeticMode): FamilyValues {
  const size = text.vocabulary.length;
  const all = [...text.lemmas];
  const content = lemmasOf(text, Bit.content);
  const functional = lemmasOf(text, Bit.function);
  const ttr = (items: readonly number[]): number | null =>
    ratio(distinctCount(items, size), items.length, mode);
  return [
    ttr(all),
    movingAverageRatio(all, WINDOW, mode),
    ratio(content.length, all.length, mode),
    ratio(distinctCount(content, size), size, mode),
    ttr(content),
    ttr(functional),
    movingAverageRatio(functional, WINDOW, mode),
    ttr(lemmasOf(text, Bit.noun)),
    ttr(lemmasOf(text, Bit.verb)),
    ttr(lemmasOf(text, Bit.adjective)),
    ttr(lemmasOf(text, Bit.adverb)),
    ttr(lemmasOf(text, Bit.pronoun)),
    ttr(lemmasOf(text, Bit.argument)),
    ngramRatio(text.lemmas, 2, size, mode),
    ngramRatio(text.lemmas, 3, size, mode),
  ];
}
