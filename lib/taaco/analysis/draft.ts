import type { AnnotatedToken } from "../types.ts";

/** Universal parts of speech that the rules distinguish. */
export type Universal =
  | "ADJ"
  | "ADP"
  | "ADV"
  | "AUX"
  | "CCONJ"
  | "DET"
  | "INTJ"
  | "NOUN"
  | "NUM"
  | "PART"
  | "PRON"
  | "PROPN"
  | "PUNCT"
  | "SCONJ"
  | "SPACE"
  | "SYM"
  | "VERB"
  | "X";

/** A token while its analysis is in the making. */
export interface Draft {
  readonly form: string;
  /** The form in lower case. */
  readonly lower: string;
  /** Whether white space or the paragraph's start precedes it. */
  readonly spaced: boolean;
  universal: Universal;
  /** Lower case. */
  lemma: string;
  /** Penn tag; empty until decided. */
  tag: string;
  auxiliary: boolean;
  marker: boolean;
  attended: boolean;
}

/** The finished token. */
export function toAnnotated(draft: Draft): AnnotatedToken {
  const flags = (draft.auxiliary ? "A" : "") + (draft.marker ? "M" : "") + (draft.attended ? "D" : "");
  return [draft.form, draft.lemma, draft.tag, flags];
}

/** Nearest token from `at` in a direction that is no adverb, no negation and, if wanted, no filler or comma. */
export function skipping(
  tokens: readonly Draft[],
  at: number,
  step: 1 | -1,
  skip: (token: Draft) => boolean,
): Draft | undefined {
  let index = at + step;
  while (index >= 0 && index < tokens.length && skip(tokens[index] as Draft)) index += step;
  return tokens[index];
}

/** Adverbs and negation, which stand between an auxiliary and its verb. */
export const isAdverbial = (token: Draft): boolean =>
  token.universal === "ADV" || token.lower === "n't" || token.lower === "not";
