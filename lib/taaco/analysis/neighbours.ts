import { type Draft, isAdverbial, skipping } from "./draft.ts";
import { BE, DO, FIXED, MODALS, PRONOUNS, SUBJECTS } from "./words.ts";

/** Words after which a noun phrase is under way. */
export const OPENERS = new Set(
  "the a an my your his its our their every no some any these those enough another whose".split(" "),
);

export const isNominal = (token: Draft | undefined): boolean =>
  token !== undefined && ["NOUN", "PROPN", "ADJ", "NUM"].includes(token.universal);

export const isNoun = (token: Draft | undefined): boolean =>
  token?.universal === "NOUN" || token?.universal === "PROPN";

export const isVerb = (token: Draft | undefined): boolean =>
  token?.universal === "VERB" || token?.universal === "AUX";

/** Punctuation, or the sentence's end. */
export const isBreak = (token: Draft | undefined): boolean =>
  token === undefined || token.universal === "PUNCT";

/** A noun in the plural. */
export const isPlural = (token: Draft | undefined): boolean =>
  token !== undefined && (token.lower === "people" || token.lower === "others" || pluralForm(token));

const pluralForm = ({ universal, lower, lemma }: Draft): boolean =>
  universal === "NOUN" && lower !== lemma && lower.endsWith("s");

/** Something that can begin what follows a verb: object, adverb, preposition, a question word. */
export function canFollowVerb(token: Draft | undefined): boolean {
  if (token === undefined) return false;
  const { universal, lower } = token;
  const tag = PRONOUNS.get(lower)?.[0] ?? FIXED.get(lower)?.[0] ?? "";
  if (/^(?:PRP|DT|WRB|WP)/.test(tag) || lower === "her") return true;
  return ["DET", "PRON", "ADP", "ADV", "SCONJ", "NUM"].includes(universal) || lower === "to";
}

/** Talk without punctuation has no end; the look back must have one. */
const LONGEST_CLAUSE = 40;

/** Where the clause that holds a token begins: behind punctuation, a conjunction or a question word. */
export function clauseStart(tokens: readonly Draft[], at: number): number {
  let start = at;
  while (start > 0 && at - start < LONGEST_CLAUSE && !opensClause(tokens[start - 1] as Draft)) start -= 1;
  return start;
}

const CLAUSE_OPENERS = new Set(
  "because if that who which when where why how what while before after until unless although though so".split(
    " ",
  ),
);

const opensClause = ({ universal, lower }: Draft): boolean =>
  universal === "PUNCT" || universal === "CCONJ" || universal === "SCONJ" || CLAUSE_OPENERS.has(lower);

/** Whether the clause already has its verb before a token. */
export function hasVerbBefore(tokens: readonly Draft[], at: number): boolean {
  return tokens.slice(clauseStart(tokens, at), at).some(isVerb);
}

/** Whether a verb in its base form is due: after "to", a modal, do, a subject pronoun, "had better". */
export function wantsVerb(tokens: readonly Draft[], at: number): boolean {
  const before = skipping(tokens, at, -1, (token) => isAdverbial(token) || token.lower === "all");
  if (!before) return false;
  if (before.lower === "na" || before.lower === "ta") return true;
  if (before.lower === "to" && before.universal === "PART") return !goesSomewhere(tokens, at);
  if (before.lower === "better") return ["had", "'d"].includes(tokens[at - 2]?.lower ?? "");
  if (DO.has(before.lower) || MODALS.has(before.lower) || SUBJECTS.has(before.lower)) return true;
  return before.lower === "who" || before.lower === "let";
}

const MOTION = new Set("get go come drive walk ride run back fly move return".split(" "));

/** "to work" after a verb of motion names a place. */
function goesSomewhere(tokens: readonly Draft[], at: number): boolean {
  const verb = tokens[at - 2];
  return (
    verb !== undefined && MOTION.has(verb.lemma) && tokens[at]?.lower === "work" && isBreak(tokens[at + 1])
  );
}

/** A question's helper at the start of the clause, with its subject between it and the token: "does your son work". */
export function followsInvertedSubject(tokens: readonly Draft[], at: number): boolean {
  let start = clauseStart(tokens, at);
  while (start < at && tokens[start]?.universal === "ADV") start += 1;
  const helper = tokens[start];
  if (!helper || start + 1 >= at || !(DO.has(helper.lower) || MODALS.has(helper.lower))) return false;
  return tokens
    .slice(start + 1, at)
    .every(({ universal }) => ["DET", "PRON", "NOUN", "PROPN", "ADJ"].includes(universal));
}

/** A form of be, or a verb that links like it. */
const LINKS = new Set("look feel seem sound taste smell get become stay turn".split(" "));

export const isLink = (token: Draft | undefined): boolean =>
  token !== undefined &&
  (BE.has(token.lower) || token.lower === "'s" || (isVerb(token) && LINKS.has(token.lemma)));
