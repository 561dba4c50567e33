import type { AnnotatedToken } from "../types.ts";

/** Universal part-of-speech tags. */
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

/** A token during its analysis. The rules change its fields step by step. */
export interface DraftToken {
  readonly form: string;
  /** The form in lower case. */
  readonly lower: string;
  /** Whether white space or the start of the paragraph precedes it. */
  readonly spaced: boolean;
  universal: Universal;
  /** Lemma in lower case. */
  lemma: string;
  /** Penn Treebank tag, or an empty string before it is decided. */
  tag: string;
  /** Whether the token is an auxiliary verb. */
  auxiliary: boolean;
  /** Whether the token opens a subordinate clause. */
  marker: boolean;
  /** Whether the token is a demonstrative before its noun. */
  attended: boolean;
}

/** Converts a token whose analysis is finished. */
export function toAnnotated(draft: DraftToken): AnnotatedToken {
  const flags = (draft.auxiliary ? "A" : "") + (draft.marker ? "M" : "") + (draft.attended ? "D" : "");
  return [draft.form, draft.lemma, draft.tag, flags];
}

// The limit keeps the time linear in the length of the sentence. Tokens further away do not matter to the rules.
const MAX_DISTANCE = 12;

/**
 * Returns the position of the nearest token before or after `at` that is not skipped, or -1 if there is none within the
 * limit.
 *
 * @param step direction: 1 for tokens after `at`, -1 for tokens before it
 */
export function nearestPosition(
  tokens: readonly DraftToken[],
  at: number,
  step: 1 | -1,
  skip: (token: DraftToken) => boolean,
): number {
  for (let away = 1; away <= MAX_DISTANCE; away++) {
    const token = tokens[at + away * step];
    if (token === undefined) return -1;
    if (!skip(token)) return at + away * step;
  }
  return -1;
}

/** Returns the token at {@link nearestPosition}, or undefined if there is none. */
export function nearestToken(
  tokens: readonly DraftToken[],
  at: number,
  step: 1 | -1,
  skip: (token: DraftToken) => boolean,
): DraftToken | undefined {
  return tokens[nearestPosition(tokens, at, step, skip)];
}

/** Returns whether a token is an adverb or a negation, which can stand between an auxiliary and its verb. */
export const isAdverbial = (token: DraftToken): boolean =>
  token.universal === "ADV" || token.lower === "n't" || token.lower === "not";
