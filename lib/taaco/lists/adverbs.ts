import type { IndexMode } from "../types.ts";

/** The word lists of the adverb test. */
export interface AdverbLists {
  readonly isAdjective: (word: string) => boolean;
  /** Function words even if they are formed from an adjective; corrected mode. */
  readonly functional: ReadonlySet<string>;
  /** Content words in faithful mode that no rule forms from an adjective; "!word" is none although a rule forms it. */
  readonly faithful: ReadonlySet<string>;
}

/** Returns the adjectives that an adverb may be formed from: quick-ly, easi-ly, basic-ally, gent-ly, tru-ly, ful-ly. */
function adjectiveBases(adverb: string): string[] {
  if (!adverb.endsWith("ly")) return [];
  const stem = adverb.slice(0, -2);
  const bases = [stem, `${stem}le`, `${stem}l`, `${stem}e`];
  if (stem.endsWith("i")) bases.push(`${stem.slice(0, -1)}y`);
  if (stem.endsWith("al")) bases.push(stem.slice(0, -2));
  return bases;
}

/** Returns the test whether an adverb's lemma is a content word (docs/taaco-analysis.md). */
export function createAdverbTest(lists: AdverbLists): (lemma: string, mode: IndexMode) => boolean {
  const { isAdjective, functional, faithful } = lists;
  return (lemma, mode) => {
    if (mode === "corrected") {
      return !functional.has(lemma) && (isAdjective(lemma) || adjectiveBases(lemma).some(isAdjective));
    }
    if (faithful.has(`!${lemma}`)) return false;
    const stem = lemma.endsWith("ly") ? lemma.slice(0, -2) : undefined;
    return faithful.has(lemma) || isAdjective(lemma) || (stem !== undefined && isAdjective(stem));
  };
}
