import { reusedIntegers } from "../text/reused.ts";
import { distinctCount, lemmaIds, type TextModel } from "../text/text-model.ts";
import { WORD_CLASSES } from "../text/word-classes.ts";
import type { ArithmeticMode } from "../types.ts";
import { countItems, type FoundEvidence } from "./evidence.ts";
import { type Family, type IndexEntry, ratio, valuesOf } from "./family.ts";

/** Number of tokens in a window of the moving average. */
const WINDOW = 50;

type ClassName = keyof typeof WORD_CLASSES;

/** How an index is computed: one of four measures of the tokens of a class, or the ratio of n-grams of all tokens. */
type DiversityParts =
  | {
      readonly measure: "ttr" | "mattr" | "content-tokens" | "content-types";
      readonly words: ClassName;
    }
  | { readonly measure: "ngrams"; readonly size: 2 | 3 };

/** Returns the number of distinct items divided by the number of items. */
function typeTokenRatio(items: readonly number[], mode: ArithmeticMode): number | null {
  return ratio(new Set(items).size, items.length, mode);
}

const windowCounts = reusedIntegers();

/**
 * Returns the moving-average type-token ratio (Covington & McFall 2010): the mean type-token ratio of all windows. If
 * the items fill at most one window, it is their plain type-token ratio.
 *
 * @param window number of items in a window
 */
export function movingAverageRatio(
  items: readonly number[],
  window: number,
  mode: ArithmeticMode,
): number | null {
  if (items.length <= window) return typeTokenRatio(items, mode);
  let most = 0;
  for (const item of items) most = Math.max(most, item);
  const counts = windowCounts(most + 1, 0);
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
 * Returns the number of distinct n-grams divided by the number of n-grams, across sentence ends. Each (n - 1)-gram gets
 * an id. An n-gram is then a pair of ids, which one number represents exactly for a vocabulary of any size.
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

function typeTokenEntry(name: string, words: ClassName): IndexEntry<DiversityParts> {
  const members = WORD_CLASSES[words].members;
  return {
    name,
    meaning: `Type-token ratio of ${words === "all" ? "all words" : `the ${members}`}: different lemmas per token. Falls as texts get longer.`,
    formula: "types / tokens",
    needs: {},
    parts: { measure: "ttr", words },
  };
}

function movingAverageEntry(name: string, words: ClassName): IndexEntry<DiversityParts> {
  return {
    name,
    meaning: `Moving-average type-token ratio of ${words === "all" ? "all words" : `the ${WORD_CLASSES[words].members}`}: the mean share of different lemmas in every run of ${WINDOW} of them, so that length hardly matters.`,
    formula: `mean of types / ${WINDOW} over all windows of ${WINDOW}; types / tokens for fewer (Covington & McFall 2010)`,
    needs: {},
    parts: { measure: "mattr", words },
  };
}

function ngramEntry(name: string, size: 2 | 3): IndexEntry<DiversityParts> {
  const run = size === 2 ? "pairs" : "triples";
  return {
    name,
    meaning: `Share of different ${run} among all ${run} of adjacent lemmas; ${run} may cross sentence ends.`,
    formula: `different ${size}-grams / (tokens − ${size - 1})`,
    needs: {},
    parts: { measure: "ngrams", size },
  };
}

const ENTRIES: readonly IndexEntry<DiversityParts>[] = [
  typeTokenEntry("lemma_ttr", "all"),
  movingAverageEntry("lemma_mattr", "all"),
  {
    name: "lexical_density_tokens",
    meaning: "Share of the words that are content words.",
    formula: "content tokens / tokens",
    needs: {},
    parts: { measure: "content-tokens", words: "content" },
  },
  {
    name: "lexical_density_types",
    meaning: "Share of the different lemmas that occur as content words.",
    formula: "content types / types",
    needs: {},
    parts: { measure: "content-types", words: "content" },
  },
  typeTokenEntry("content_ttr", "content"),
  typeTokenEntry("function_ttr", "function"),
  movingAverageEntry("function_mattr", "function"),
  typeTokenEntry("noun_ttr", "noun"),
  typeTokenEntry("verb_ttr", "verb"),
  typeTokenEntry("adj_ttr", "adjective"),
  typeTokenEntry("adv_ttr", "adverb"),
  typeTokenEntry("prp_ttr", "pronoun"),
  typeTokenEntry("argument_ttr", "argument"),
  ngramEntry("bigram_lemma_ttr", 2),
  ngramEntry("trigram_lemma_ttr", 3),
];

function diversityValue(text: TextModel, parts: DiversityParts, mode: ArithmeticMode): number | null {
  const vocabulary = text.vocabulary.length;
  if (parts.measure === "ngrams") return ngramRatio(text.lemmas, parts.size, vocabulary, mode);
  const items = lemmaIds(text, WORD_CLASSES[parts.words].bits);
  switch (parts.measure) {
    case "ttr":
      return ratio(distinctCount(items, vocabulary), items.length, mode);
    case "mattr":
      return movingAverageRatio(items, WINDOW, mode);
    case "content-tokens":
      return ratio(items.length, text.tokens.length, mode);
    case "content-types":
      return ratio(distinctCount(items, vocabulary), vocabulary, mode);
  }
}

function explainDiversity(text: TextModel, parts: DiversityParts): FoundEvidence {
  if (parts.measure !== "ngrams") {
    const ids = lemmaIds(text, WORD_CLASSES[parts.words].bits);
    return { unit: "items", evidence: countItems(ids.map((id) => text.vocabulary[id] as string)) };
  }
  const lemmas = text.tokens.map(({ lemma }) => lemma);
  const items = lemmas
    .slice(0, Math.max(0, lemmas.length - parts.size + 1))
    .map((_, at) => lemmas.slice(at, at + parts.size).join(" "));
  return { unit: "items", evidence: countItems(items) };
}

/** The 15 indices of lexical diversity and density. */
export const DIVERSITY: Family<DiversityParts> = {
  title: "Lexical diversity and density",
  notation:
    "The indices are computed over the lemmas of the whole text. Tokens are the words of the class, and types are its different lemmas.",
  entries: ENTRIES,
  compute: (text, { mode }) => valuesOf(ENTRIES, (parts) => diversityValue(text, parts, mode)),
  explain: explainDiversity,
};
