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

/** Rules look no further than this: what lies beyond is not the word's neighbourhood, and the time stays linear. */
const FAR = 12;

/** Position of the nearest token from `at` in a direction that is not to be skipped; -1 when there is none near. */
export function positionSkipping(
  tokens: readonly Draft[],
  at: number,
  step: 1 | -1,
  skip: (token: Draft) => boolean,
): number {
  for (let away = 1; away <= FAR; away++) {
    const token = tokens[at + away * step];
    if (token === undefined) return -1;
    if (!skip(token)) return at + away * step;
  }
  return -1;
}

/** The token at that position. */
export function skipping(
  tokens: readonly Draft[],
  at: number,
  step: 1 | -1,
  skip: (token: Draft) => boolean,
): Draft | undefined {
  return tokens[positionSkipping(tokens, at, step, skip)];
}

/** Adverbs and negation, which stand between an auxiliary and its verb. */
export const isAdverbial = (token: Draft): boolean =>
  token.universal === "ADV" || token.lower === "n't" || token.lower === "not";
