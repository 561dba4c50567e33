import { Bit } from "./token.ts";

/** A word class as the indices count it. */
export interface WordClass {
  /** Bits of its tokens; 0 for all tokens. */
  readonly bits: number;
  /** What its members are called in the descriptions of indices. */
  readonly members: string;
  /** What the lemmas of its members are called. */
  readonly lemmas: string;
}

/** The word classes of the diversity and overlap indices. */
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
