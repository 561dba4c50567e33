import type { Span, TextModel } from "../text/text-model.ts";
import { Bit, type Token } from "../text/token.ts";
import type { FrequencyKind } from "./word-lists.ts";

const isVerb = (token: Token): boolean => token.tag.startsWith("VB") || token.tag === "MD";
const isNoun = (token: Token): boolean => (token.bits & Bit.noun) !== 0;
const isAdjective = (token: Token): boolean => (token.bits & Bit.adjective) !== 0;

/** Tokens that a list is about. Verbs include auxiliaries here, as in the official tool. */
const GROUPS = {
  all: { prefix: "", words: "words", holds: () => true },
  noun: { prefix: "n_", words: "nouns", holds: isNoun },
  verb: { prefix: "v_", words: "verbs", holds: isVerb },
  verbNoun: {
    prefix: "v_n_",
    words: "verbs and nouns",
    holds: (token: Token) => isVerb(token) || isNoun(token),
  },
  adjective: { prefix: "adj_", words: "adjectives", holds: isAdjective },
  adjectiveNoun: {
    prefix: "a_n_",
    words: "adjectives and nouns",
    holds: (token: Token) => isAdjective(token) || isNoun(token),
  },
} as const;

type Group = keyof typeof GROUPS;

const SIZES = [
  ["uni", 1],
  ["bi", 2],
  ["tri", 3],
  ["quad", 4],
] as const;

/** Items that the keyword indices count: lemmas of a word class, or n-grams of lemmas. */
export interface ItemKind {
  /** As in the index names: `v_n_uni`, `bi`, `adj_quad`. */
  readonly key: string;
  /** Words that the items are about; the others are left out of single words and become `x` in n-grams. */
  readonly words: string;
  readonly size: 1 | 2 | 3 | 4;
  /** The reference list that the items are looked up in; all single words share one. */
  readonly reference: FrequencyKind;
  /** The official package's file of that list. */
  readonly officialFile: string;
  readonly holds: (token: Token) => boolean;
}

function itemKind(group: Group, [size, length]: (typeof SIZES)[number]): ItemKind {
  const { prefix, words, holds } = GROUPS[group];
  const key = `${prefix}${size}`;
  const official = size === "uni" ? "word_list" : prefix === "" ? `${size}_list` : `${prefix}list_${size}`;
  return {
    key,
    words,
    size: length,
    reference: (size === "uni" ? "uni" : key) as FrequencyKind,
    officialFile: `mag_news_${official}_lemma_freq.csv`,
    holds,
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

/** The kinds that have a reference list of their own. */
export const REFERENCE_KINDS: readonly ItemKind[] = ITEM_KINDS.filter(
  ({ key, reference }) => key === reference,
);

/** Returns the items of a kind inside each span, in order. */
export function listItems(text: TextModel, spans: readonly Span[], { holds, size }: ItemKind): string[] {
  const items: string[] = [];
  for (const { from, to } of spans) {
    const tokens = text.tokens.slice(from, to);
    if (size === 1) {
      for (const token of tokens) if (holds(token)) items.push(token.lemma);
      continue;
    }
    const words = tokens.map((token) => (holds(token) ? token.lemma : "x"));
    for (let index = 0; index + size <= words.length; index++) {
      items.push(words.slice(index, index + size).join(" "));
    }
  }
  return items;
}

/** Returns whether an n-gram has no word of its class. */
export const isPlaceholder = (item: string): boolean => item.split(" ").every((word) => word === "x");
