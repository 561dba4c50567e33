import { DIVERSITY_NAMES } from "./names.ts";
import { lemmasOf, type TextModel } from "./text-model.ts";
import { Bit } from "./token.ts";
import { type ArithmeticMode, type IndexValues, ratio } from "./values.ts";

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
  const counts = new Map<number, number>();
  let sum = 0;
  items.forEach((item, index) => {
    counts.set(item, (counts.get(item) ?? 0) + 1);
    if (index >= window) {
      const old = items[index - window] as number;
      const left = (counts.get(old) ?? 0) - 1;
      if (left === 0) counts.delete(old);
      else counts.set(old, left);
    }
    if (index >= window - 1) sum += counts.size / window;
  });
  return sum / (items.length - window + 1);
}

/** Distinct contiguous n-grams over all of them, across sentence ends. */
function ngramRatio(items: Int32Array, size: 2 | 3, vocabulary: number, mode: ArithmeticMode): number | null {
  const total = Math.max(0, items.length - size + 1);
  const seen = new Set<number>();
  for (let index = 0; index < total; index++) {
    let key = 0;
    for (let offset = 0; offset < size; offset++) key = key * vocabulary + (items[index + offset] as number);
    seen.add(key);
  }
  return ratio(seen.size, total, mode);
}

/** The 15 type-token ratios and densities, over the lemmas of the whole text. */
export function diversityIndices(text: TextModel, mode: ArithmeticMode): IndexValues {
  const all = [...text.lemmas];
  const content = lemmasOf(text, Bit.content);
  const functional = lemmasOf(text, Bit.function);
  const ofClass = (bit: number): number | null => typeTokenRatio(lemmasOf(text, bit), mode);
  const values = [
    typeTokenRatio(all, mode),
    movingAverageRatio(all, WINDOW, mode),
    ratio(content.length, all.length, mode),
    ratio(new Set(content).size, text.vocabulary.length, mode),
    typeTokenRatio(content, mode),
    typeTokenRatio(functional, mode),
    movingAverageRatio(functional, WINDOW, mode),
    ofClass(Bit.noun),
    ofClass(Bit.verb),
    ofClass(Bit.adjective),
    ofClass(Bit.adverb),
    ofClass(Bit.pronoun),
    ofClass(Bit.argument),
    ngramRatio(text.lemmas, 2, text.vocabulary.length, mode),
    ngramRatio(text.lemmas, 3, text.vocabulary.length, mode),
  ];
  return Object.fromEntries(DIVERSITY_NAMES.map((name, index) => [name, values[index] ?? null]));
}
