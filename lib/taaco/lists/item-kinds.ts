import type { Span, TextModel } from "../text/text-model.ts";
import { Bit, type Token } from "../text/token.ts";
import type { FrequencyKind } from "./word-lists.ts";

const isVerb = (token: Token): boolean => token.tag.startsWith("VB") || token.tag === "MD";
const isNoun = (token: Token): boolean => (token.bits & Bit.noun) !== 0;
const isAdjective = (token: Token): boolean => (token.bits & Bit.adjective) !== 0;

/** Word classes of the keyword indices. Verbs include auxiliaries here, as in the official tool. */
const GROUPS = {
  all: { prefix: "", words: "words", matches: () => true },
  noun: { prefix: "n_", words: "nouns", matches: isNoun },
  verb: { prefix: "v_", words: "verbs", matches: isVerb },
  verbNoun: {
    prefix: "v_n_",
    words: "verbs and nouns",
    matches: (token: Token) => isVerb(token) || isNoun(token),
  },
  adjective: { prefix: "adj_", words: "adjectives", matches: isAdjective },
  adjectiveNoun: {
    prefix: "a_n_",
    words: "adjectives and nouns",
    matches: (token: Token) => isAdjective(token) || isNoun(token),
  },
} as const;

type Group = keyof typeof GROUPS;

const SIZES = [
  ["uni", 1],
  ["bi", 2],
  ["tri", 3],
  ["quad", 4],
] as const;

/** A kind of item that a keyword index counts: lemmas of a word class, or n-grams of lemmas. */
export interface ItemKind {
  /** Part of the index name, such as `v_n_uni`, `bi` or `adj_quad`. */
  readonly key: string;
  /** Noun for the words of the class. Other words are no items and become `x` in n-grams. */
  readonly words: string;
  /** Number of words in an item. */
  readonly size: 1 | 2 | 3 | 4;
  /** Reference list that holds the frequencies of the items. All kinds of single words share one list. */
  readonly reference: FrequencyKind;
  /** File of that list in the official package. */
  readonly officialFile: string;
  /** Returns whether a token belongs to the class. */
  readonly matches: (token: Token) => boolean;
}

function itemKind(group: Group, [size, length]: (typeof SIZES)[number]): ItemKind {
  const { prefix, words, matches } = GROUPS[group];
  const key = `${prefix}${size}`;
  const official = size === "uni" ? "word_list" : prefix === "" ? `${size}_list` : `${prefix}list_${size}`;
  return {
    key,
    words,
    size: length,
    reference: (size === "uni" ? "uni" : key) as FrequencyKind,
    officialFile: `mag_news_${official}_lemma_freq.csv`,
    matches,
  };
}

const [SINGLE, ...NGRAMS] = SIZES;

/** Every kind of item, in the order of the keyword indices. */
export const ITEM_KINDS: readonly ItemKind[] = [
  ...(["all", "noun", "verb", "verbNoun", "adjective"] as const).map((group) => itemKind(group, SINGLE)),
  ...NGRAMS.map((size) => itemKind("all", size)),
  ...NGRAMS.flatMap((size) =>
    (["noun", "adjective", "verb", "verbNoun", "adjectiveNoun"] as const).map((group) =>
      itemKind(group, size),
    ),
  ),
];

/** The kinds of items for which there is a reference list. */
export const REFERENCE_KINDS: readonly ItemKind[] = ITEM_KINDS.filter(
  ({ key, reference }) => key === reference,
);

/** Returns the items of a kind inside each span, in the order of the text. */
export function listItems(text: TextModel, spans: readonly Span[], { matches, size }: ItemKind): string[] {
  const items: string[] = [];
  for (const { from, to } of spans) {
    const tokens = text.tokens.slice(from, to);
    if (size === 1) {
      for (const token of tokens) if (matches(token)) items.push(token.lemma);
      continue;
    }
    const words = tokens.map((token) => (matches(token) ? token.lemma : "x"));
    for (let index = 0; index + size <= words.length; index++) {
      items.push(words.slice(index, index + size).join(" "));
    }
  }
  return items;
}

/** Returns whether an n-gram consists of placeholders only. */
export const isPlaceholder = (item: string): boolean => item.split(" ").every((word) => word === "x");
