import { Bit } from "./token.ts";

/** A word class as the indices count it. */
export interface WordClass {
  /** Bits that mark its tokens. 0 stands for all tokens. */
  readonly bits: number;
  /** Noun for its tokens in the descriptions of indices. */
  readonly members: string;
  /** Noun for its lemmas in the descriptions of indices. */
  readonly lemmas: string;
}

/** Word classes that the diversity and overlap indices count. */
export const WORD_CLASSES = {
  all: { bits: 0, members: "words", lemmas: "lemmas" },
  content: { bits: Bit.content, members: "content words", lemmas: "content lemmas" },
  function: { bits: Bit.function, members: "function words", lemmas: "function-word lemmas" },
  noun: { bits: Bit.noun, members: "nouns", lemmas: "noun lemmas" },
  verb: { bits: Bit.verb, members: "main verbs", lemmas: "main-verb lemmas" },
  adjective: { bits: Bit.adjective, members: "adjectives", lemmas: "adjective lemmas" },
  adverb: { bits: Bit.adverb, members: "adverbs", lemmas: "adverb lemmas" },
  pronoun: { bits: Bit.pronoun, members: "pronouns", lemmas: "pronoun lemmas" },
  argument: {
    bits: Bit.argument,
    members: "nouns and personal pronouns",
    lemmas: "noun and personal-pronoun lemmas",
  },
} as const satisfies Record<string, WordClass>;
