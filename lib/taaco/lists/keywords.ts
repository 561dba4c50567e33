import type { TextModel } from "../text/text-model.ts";
import type { ArithmeticMode } from "../types.ts";
import { ITEM_KINDS, type ItemKind, isPlaceholder, listItems } from "./item-kinds.ts";
import type { TaacoLists } from "./word-lists.ts";

/**
 * Returns the keywords of a source: the tenth of its repeated items whose frequency exceeds the reference frequency
 * most, relative to the reference frequency.
 */
export function findKeywords(
  items: readonly string[],
  perMillion: ReadonlyMap<string, number>,
  mode: ArithmeticMode,
): Set<string> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count >= 2);
  // Corrected mode removes placeholders before it takes a tenth. The official tool takes a tenth of all types and
  // removes placeholders afterwards.
  const candidates = mode === "corrected" ? repeated.filter(([item]) => !isPlaceholder(item)) : repeated;
  const keep = Math.floor(0.1 * (mode === "corrected" ? candidates.length : counts.size));
  const ranked = candidates
    .map(([item, count]) => {
      const share = count / items.length;
      const reference = (perMillion.get(item) ?? 0) / 1e6;
      return { item, share, difference: reference === 0 ? 1e6 : ((share - reference) * 100) / reference };
    })
    .toSorted((a, b) => b.difference - a.difference || b.share - a.share);
  return new Set(
    ranked
      .slice(0, keep)
      .map(({ item }) => item)
      .filter((item) => !isPlaceholder(item)),
  );
}

/** A source text with its keywords. It can be reused for all texts that are compared with the source. */
export interface PreparedSource {
  readonly text: TextModel;
  /** Keywords of each kind of item. A kind without a reference list is absent. */
  readonly keywords: ReadonlyMap<ItemKind, ReadonlySet<string>>;
}

/** Finds the keywords of a source text. The n-grams of a source do not cross sentence ends. */
export function prepareSource(text: TextModel, lists: TaacoLists, mode: ArithmeticMode): PreparedSource {
  const keywords = new Map<ItemKind, ReadonlySet<string>>();
  for (const kind of ITEM_KINDS) {
    const reference = lists.frequencies?.perMillion(kind.reference);
    if (reference) keywords.set(kind, findKeywords(listItems(text, text.sentences, kind), reference, mode));
  }
  return { text, keywords };
}
