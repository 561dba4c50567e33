import { distinctCount, lemmaIds, type TextModel } from "./text-model.ts";
import { WORD_CLASSES } from "./word-classes.ts";

type ClassName = keyof typeof WORD_CLASSES;

/** What a count of a text counts: segments, tokens or types of a word class, or n-grams of lemmas. */
type Count =
  | { readonly of: "sentences" | "paragraphs" }
  | { readonly of: "tokens" | "types"; readonly words: ClassName }
  | { readonly of: "n-grams" | "distinct n-grams"; readonly size: 2 | 3 };

const tokens = (words: ClassName): Count => ({ of: "tokens", words });
const types = (words: ClassName): Count => ({ of: "types", words });

/** The counts under the names and in the order of the official tool's diagnostic file. */
const COUNTS: Readonly<Record<string, Count>> = {
  nwords: tokens("all"),
  nsentences: { of: "sentences" },
  nparagraphs: { of: "paragraphs" },
  nlemmas: tokens("all"),
  nlemma_types: types("all"),
  ncontent_words: tokens("content"),
  ncontent_types: types("content"),
  nfunction_words: tokens("function"),
  n_nouns: tokens("noun"),
  n_noun_types: types("noun"),
  n_verbs: tokens("verb"),
  n_verb_types: types("verb"),
  n_adjs: tokens("adjective"),
  n_adj_types: types("adjective"),
  n_advs: tokens("adverb"),
  n_adv_types: types("adverb"),
  n_prps: tokens("pronoun"),
  n_prp_types: types("pronoun"),
  n_arguments: tokens("argument"),
  n_argument_types: types("argument"),
  n_bigram_lemmas: { of: "n-grams", size: 2 },
  n_bigram_lemma_types: { of: "distinct n-grams", size: 2 },
  n_trigram_lemmas: { of: "n-grams", size: 3 },
  n_trigram_lemma_types: { of: "distinct n-grams", size: 3 },
};

/** Names of the counts of a text, in order. */
export const COUNT_NAMES: readonly string[] = Object.keys(COUNTS);

function countDistinctNgrams({ lemmas }: TextModel, size: number): number {
  const seen = new Set<string>();
  for (let at = 0; at + size <= lemmas.length; at++) seen.add(lemmas.subarray(at, at + size).join(" "));
  return seen.size;
}

function countOf(text: TextModel, count: Count): number {
  switch (count.of) {
    case "sentences":
      return text.sentences.length;
    case "paragraphs":
      return text.paragraphs.length;
    case "tokens":
      return lemmaIds(text, WORD_CLASSES[count.words].bits).length;
    case "types":
      return distinctCount(lemmaIds(text, WORD_CLASSES[count.words].bits), text.vocabulary.length);
    case "n-grams":
      return Math.max(0, text.lemmas.length - count.size + 1);
    case "distinct n-grams":
      return countDistinctNgrams(text, count.size);
  }
}

/** Returns the counts of a text in the order of {@link COUNT_NAMES}. */
export const countText = (text: TextModel): number[] =>
  Object.values(COUNTS).map((count) => countOf(text, count));
