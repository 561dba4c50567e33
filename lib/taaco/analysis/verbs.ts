import { type DraftToken, isAdverbial, nearestToken } from "./draft.ts";
import { BE, DO, FIXED, GET, HAVE, MODALS, SUBJECTS } from "./words.ts";

const isSkippedInQuestions = (token: DraftToken): boolean => isAdverbial(token) || SUBJECTS.has(token.lower);

type Shape = "base" | "s" | "ing" | "past";

function verbShape({ lower, lemma }: DraftToken): Shape {
  if (lower === lemma) return "base";
  if (lower.endsWith("ing")) return "ing";
  return lower.endsWith("s") ? "s" : "past";
}

const isVerb = (token: DraftToken | undefined): token is DraftToken =>
  token?.universal === "VERB" || token?.universal === "AUX";

function isParticiple(token: DraftToken | undefined): boolean {
  if (!isVerb(token)) return false;
  return (
    verbShape(token) === "past" ||
    ["been", "come", "become", "run", "put", "let", "cut"].includes(token.lower)
  );
}

function mainVerbTag(tokens: readonly DraftToken[], at: number): string {
  const token = tokens[at] as DraftToken;
  const before = nearestToken(tokens, at, -1, isSkippedInQuestions);
  switch (verbShape(token)) {
    case "ing":
      return "VBG";
    case "s":
      return "VBZ";
    case "past":
      return before && (HAVE.has(before.lower) || BE.has(before.lower) || GET.has(before.lower))
        ? "VBN"
        : "VBD";
    default: {
      const neighbour = nearestToken(tokens, at, -1, isAdverbial);
      const takesBaseForm = ["to", "na", "do", "does", "did", "let"].includes(before?.lower ?? "");
      return !neighbour || takesBaseForm || MODALS.has(before?.lower ?? "") ? "VB" : "VBP";
    }
  }
}

/**
 * Returns whether a form of do is an auxiliary: before not, a subject or a verb, or alone in place of a verb that was
 * mentioned, as in "she always does".
 */
function isAuxiliaryDo(tokens: readonly DraftToken[], at: number, next: DraftToken | undefined): boolean {
  const after = tokens[at + 1];
  const before = nearestToken(tokens, at, -1, isAdverbial);
  if (before && (before.lower === "to" || before.lower === "na" || MODALS.has(before.lower))) return false;
  if (after === undefined || after.universal === "PUNCT")
    return before !== undefined && before.universal !== "VERB";
  if (after.lower === "n't" || after.lower === "not") return true;
  if (isVerb(next) && verbShape(next) === "base") return true;
  if (SUBJECTS.has(after.lower)) return after.lower !== "it";
  return (
    (before === undefined || before.universal === "PUNCT" || isQuestionWord(before)) &&
    isSubjectWithBaseVerb(tokens, at + 1)
  );
}

const isQuestionWord = ({ lower }: DraftToken): boolean => /^(?:what|when|where|why|how|who)$/.test(lower);

const MAX_SUBJECT_LENGTH = 8;

/** Returns whether a subject and a base form follow, as in "does your son work". */
function isSubjectWithBaseVerb(tokens: readonly DraftToken[], from: number): boolean {
  let index = from;
  while (
    index < from + MAX_SUBJECT_LENGTH &&
    index < tokens.length &&
    ["DET", "PRON", "NOUN", "PROPN", "ADJ"].includes(tokens[index]?.universal ?? "")
  )
    index += 1;
  const verb = tokens[index];
  return index > from && isVerb(verb) && verbShape(verb) === "base";
}

/** Returns whether a form of have, do or get is an auxiliary of another verb. */
function isAuxiliary(tokens: readonly DraftToken[], at: number): boolean {
  const { lower } = tokens[at] as DraftToken;
  const next = nearestToken(tokens, at, 1, isSkippedInQuestions);
  if (HAVE.has(lower)) return lower === "'ve" || isParticiple(next);
  if (DO.has(lower)) {
    return isAuxiliaryDo(tokens, at, next);
  }
  if (!GET.has(lower) || tokens[at + 1]?.lower === "to") return false;
  return tokens[at + 1]?.universal === "VERB" && isParticiple(tokens[at + 1]);
}

/** Sets the Penn tags of the verbs of a sentence and marks the auxiliaries, in place. */
export function tagVerbs(tokens: readonly DraftToken[]): void {
  tokens.forEach((token, at) => {
    const { lower } = token;
    if (token.universal !== "VERB" && token.universal !== "AUX") return;
    const before = tokens[at - 1];
    const fixed = FIXED.get(lower)?.[0];
    if (lower === "'s") {
      tagApostropheS(token, before);
    } else if (lower === "'d" || MODALS.has(lower)) {
      token.tag = "MD";
      token.auxiliary = true;
    } else if (BE.has(lower)) {
      token.tag = fixed ?? "VB";
      // The verb of existential "there is" is a full verb.
      token.auxiliary = before?.lower !== "there" && tokens[at + 1]?.tag !== "EX";
    } else {
      const derived = mainVerbTag(tokens, at);
      token.tag = fixed && (fixed === "VBG" || !(derived === "VBN" || derived === "VB")) ? fixed : derived;
      token.auxiliary = isAuxiliary(tokens, at);
      // The form do at the start of a question is finite.
      if (token.auxiliary && lower === "do" && !before) token.tag = "VBP";
    }
  });
}

function tagApostropheS(token: DraftToken, before: DraftToken | undefined): void {
  if (before?.lower === "let") {
    token.universal = "PRON";
    token.tag = "PRP";
    token.lemma = "us";
    return;
  }
  token.tag = "VBZ";
  token.lemma = "be";
  token.auxiliary = before?.lower !== "there";
}
