import type { TextModel } from "../text/text-model.ts";
import type { ArithmeticMode } from "../types.ts";
import { ITEM_KINDS, type ItemKind, isPlaceholder, listItems } from "./item-kinds.ts";
import type { TaacoLists } from "./word-lists.ts";

/** Returns the items of a source that are most more frequent there than in the reference: the top tenth. */
export function findKeywords(
  items: readonly string[],
  perMillion: ReadonlyMap<string, number>,
  mode: ArithmeticMode,
): Set<string> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count >= 2);
  // Corrected: filter first, then cut; the official tool cuts by all types and removes placeholders afterwards.
  const pool = mode === "corrected" ? repeated.filter(([item]) => !isPlaceholder(item)) : repeated;
  const keep = Math.floor(0.1 * (mode === "corrected" ? pool.length : counts.size));
  const ranked = pool
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

/** A source text with its keywords, found once for all texts that are compared with it. */
export interface PreparedSource {
  readonly text: TextModel;
  /** By kind of item; absent where there is no reference list. */
  readonly keywords: ReadonlyMap<ItemKind, ReadonlySet<string>>;
}

/** Finds the keywords of a source text; its n-grams stay inside sentences. */
export function prepareSource(text: TextModel, lists: TaacoLists, mode: ArithmeticMode): PreparedSource {
  const keywords = new Map<ItemKind, ReadonlySet<string>>();
  for (const kind of ITEM_KINDS) {
    const reference = lists.frequencies?.perMillion(kind.reference);
    if (reference) keywords.set(kind, findKeywords(listItems(text, text.sentences, kind), reference, mode));
  }
  return { text, keywords };
}
