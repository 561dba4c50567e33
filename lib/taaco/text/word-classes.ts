import { Bit } from "./token.ts";

/** A word class as the indices count it. */
export interface WordClass {
  /** Bits of its tokens; 0 for all tokens. */
  readonly bits: number;
  /** What its members are called in the descriptions of indices. */
  readonly members: string;
}

/** The word classes of the diversity and overlap indices. */
export const WORD_CLASSES = {
  all: { bits: 0, members: "words" },
  content: { bits: Bit.content, members: "content words" },
  function: { bits: Bit.function, members: "function words" },
  noun: { bits: Bit.noun, members: "nouns" },
  verb: { bits: Bit.verb, members: "main verbs" },
  adjective: { bits: Bit.adjective, members: "adjectives" },
  adverb: { bits: Bit.adverb, members: "adverbs" },
  pronoun: { bits: Bit.pronoun, members: "pronouns" },
  argument: { bits: Bit.argument, members: "nouns and personal pronouns" },
} as const satisfies Record<string, WordClass>;
