import { type DraftToken, isAdverbial, nearestToken } from "./draft.ts";
import { BE, DO, FIXED, MODALS, PRONOUNS, SUBJECTS } from "./words.ts";

/** Determiners and similar words that begin a noun phrase. */
export const NOUN_PHRASE_OPENERS = new Set(
  "the a an my your his its our their every no some any these those enough another whose".split(" "),
);

/** Returns whether a token can be part of a noun phrase after its determiner. */
export const isNominal = (token: DraftToken | undefined): boolean =>
  token !== undefined && ["NOUN", "PROPN", "ADJ", "NUM"].includes(token.universal);

/** Returns whether a token is a common or proper noun. */
export const isNoun = (token: DraftToken | undefined): boolean =>
  token?.universal === "NOUN" || token?.universal === "PROPN";

/** Returns whether a token is a full verb or an auxiliary. */
export const isVerb = (token: DraftToken | undefined): boolean =>
  token?.universal === "VERB" || token?.universal === "AUX";

/** Returns whether the position holds punctuation or lies outside the sentence. */
export const isClauseEdge = (token: DraftToken | undefined): boolean =>
  token === undefined || token.universal === "PUNCT";

/** Returns whether a token is a noun in the plural. */
export const isPlural = (token: DraftToken | undefined): boolean =>
  token !== undefined && (token.lower === "people" || token.lower === "others" || hasPluralForm(token));

const hasPluralForm = ({ universal, lower, lemma }: DraftToken): boolean =>
  universal === "NOUN" && lower !== lemma && lower.endsWith("s");

/** Returns whether a token can follow a verb: it begins an object, or is an adverb, a preposition or a question word. */
export function canFollowVerb(token: DraftToken | undefined): boolean {
  if (token === undefined) return false;
  const { universal, lower } = token;
  const tag = PRONOUNS.get(lower)?.[0] ?? FIXED.get(lower)?.[0] ?? "";
  if (/^(?:PRP|DT|WRB|WP)/.test(tag) || lower === "her") return true;
  return ["DET", "PRON", "ADP", "ADV", "SCONJ", "NUM"].includes(universal) || lower === "to";
}

// Transcribed speech may have no punctuation. The limit bounds the search for the start of a clause.
const MAX_CLAUSE_LENGTH = 40;

/** Returns the first position of the clause that holds a token: after punctuation, a conjunction or a question word. */
export function clauseStart(tokens: readonly DraftToken[], at: number): number {
  let start = at;
  while (start > 0 && at - start < MAX_CLAUSE_LENGTH && !opensClause(tokens[start - 1] as DraftToken))
    start -= 1;
  return start;
}

const CLAUSE_OPENERS = new Set(
  "because if that who which when where why how what while before after until unless although though so".split(
    " ",
  ),
);

const opensClause = ({ universal, lower }: DraftToken): boolean =>
  universal === "PUNCT" || universal === "CCONJ" || universal === "SCONJ" || CLAUSE_OPENERS.has(lower);

/** Returns whether the clause has a verb before a token. */
export function hasVerbBefore(tokens: readonly DraftToken[], at: number): boolean {
  return tokens.slice(clauseStart(tokens, at), at).some(isVerb);
}

/** Returns whether a base form is expected: after "to", a modal verb, a form of do, a subject pronoun or "had better". */
export function expectsBaseVerb(tokens: readonly DraftToken[], at: number): boolean {
  const before = nearestToken(tokens, at, -1, (token) => isAdverbial(token) || token.lower === "all");
  if (!before) return false;
  if (before.lower === "na" || before.lower === "ta") return true;
  if (before.lower === "to" && before.universal === "PART") return !isDestination(tokens, at);
  if (before.lower === "better") return ["had", "'d"].includes(tokens[at - 2]?.lower ?? "");
  if (DO.has(before.lower) || MODALS.has(before.lower) || SUBJECTS.has(before.lower)) return true;
  return before.lower === "who" || before.lower === "let";
}

const MOTION_VERBS = new Set("get go come drive walk ride run back fly move return".split(" "));

/** Returns whether "work" is the destination of a verb of motion, as in "go to work". */
function isDestination(tokens: readonly DraftToken[], at: number): boolean {
  const verb = tokens[at - 2];
  return (
    verb !== undefined &&
    MOTION_VERBS.has(verb.lemma) &&
    tokens[at]?.lower === "work" &&
    isClauseEdge(tokens[at + 1])
  );
}

/** Returns whether the clause begins with the auxiliary of a question and its subject, as in "does your son work". */
export function followsInvertedSubject(tokens: readonly DraftToken[], at: number): boolean {
  let start = clauseStart(tokens, at);
  while (start < at && tokens[start]?.universal === "ADV") start += 1;
  const helper = tokens[start];
  if (!helper || start + 1 >= at || !(DO.has(helper.lower) || MODALS.has(helper.lower))) return false;
  return tokens
    .slice(start + 1, at)
    .every(({ universal }) => ["DET", "PRON", "NOUN", "PROPN", "ADJ"].includes(universal));
}

/** Verbs that link a subject to an adjective, as be does. */
const LINKING_VERBS = new Set("look feel seem sound taste smell get become stay turn".split(" "));

/** Returns whether a token is a form of be or another linking verb. */
export const isLinkingVerb = (token: DraftToken | undefined): boolean =>
  token !== undefined &&
  (BE.has(token.lower) || token.lower === "'s" || (isVerb(token) && LINKING_VERBS.has(token.lemma)));
