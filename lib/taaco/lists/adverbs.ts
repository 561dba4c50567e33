import type { IndexMode } from "../types.ts";

/** Word lists that decide whether an adverb is a content word. */
export interface AdverbLists {
  readonly isAdjective: (word: string) => boolean;
  /** Adverbs that corrected mode counts as function words although they are formed from an adjective. */
  readonly functionAdverbs: ReadonlySet<string>;
  /**
   * Adverbs that faithful mode counts as content words although no rule forms them from an adjective. An entry "!word"
   * excludes a word that a rule does form.
   */
  readonly faithfulAdverbs: ReadonlySet<string>;
}

/**
 * Returns the adjectives from which an adverb may be formed, as in quick-ly, easi-ly, basic-ally, gent-ly, tru-ly and
 * ful-ly.
 */
function adjectiveBases(adverb: string): string[] {
  if (!adverb.endsWith("ly")) return [];
  const stem = adverb.slice(0, -2);
  const bases = [stem, `${stem}le`, `${stem}l`, `${stem}e`];
  if (stem.endsWith("i")) bases.push(`${stem.slice(0, -1)}y`);
  if (stem.endsWith("al")) bases.push(stem.slice(0, -2));
  return bases;
}

/** Returns a function that decides whether the lemma of an adverb is a content word (docs/taaco-analysis.md). */
export function createAdverbTest(lists: AdverbLists): (lemma: string, mode: IndexMode) => boolean {
  const { isAdjective, functionAdverbs, faithfulAdverbs } = lists;
  return (lemma, mode) => {
    if (mode === "corrected") {
      return !functionAdverbs.has(lemma) && (isAdjective(lemma) || adjectiveBases(lemma).some(isAdjective));
    }
    if (faithfulAdverbs.has(`!${lemma}`)) return false;
    const stem = lemma.endsWith("ly") ? lemma.slice(0, -2) : undefined;
    return faithfulAdverbs.has(lemma) || isAdjective(lemma) || (stem !== undefined && isAdjective(stem));
  };
}
