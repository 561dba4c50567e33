import { type Draft, isAdverbial, skipping } from "./draft.ts";
import { BE, DO, FIXED, HAVE, MODALS, SUBJECTS } from "./words.ts";

const GET = new Set(["get", "gets", "got", "gotten", "getting"]);

const isSkippedInQuestions = (token: Draft): boolean => isAdverbial(token) || SUBJECTS.has(token.lower);

type Shape = "base" | "s" | "ing" | "past";

function verbShape({ lower, lemma }: Draft): Shape {
  if (lower === lemma) return "base";
  if (lower.endsWith("ing")) return "ing";
  return lower.endsWith("s") ? "s" : "past";
}

const isVerb = (token: Draft | undefined): token is Draft =>
  token?.universal === "VERB" || token?.universal === "AUX";

function isParticiple(token: Draft | undefined): boolean {
  if (!isVerb(token)) return false;
  return (
    verbShape(token) === "past" ||
    ["been", "come", "become", "run", "put", "let", "cut"].includes(token.lower)
  );
}

function mainVerbTag(tokens: readonly Draft[], at: number): string {
  const token = tokens[at] as Draft;
  const before = skipping(tokens, at, -1, isSkippedInQuestions);
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
      const direct = skipping(tokens, at, -1, isAdverbial);
      const bare = ["to", "na", "do", "does", "did", "let"].includes(before?.lower ?? "");
      return !direct || bare || MODALS.has(before?.lower ?? "") ? "VB" : "VBP";
    }
  }
}

/** do before not, a subject or a verb, or alone for a verb that was said: "she always does". */
function helpsAsDo(tokens: readonly Draft[], at: number, next: Draft | undefined): boolean {
  const after = tokens[at + 1];
  const before = skipping(tokens, at, -1, isAdverbial);
  if (before && (before.lower === "to" || before.lower === "na" || MODALS.has(before.lower))) return false;
  if (after === undefined || after.universal === "PUNCT")
    return before !== undefined && before.universal !== "VERB";
  if (after.lower === "n't" || after.lower === "not") return true;
  if (isVerb(next) && verbShape(next) === "base") return true;
  if (SUBJECTS.has(after.lower)) return after.lower !== "it";
  return (
    (before === undefined || before.universal === "PUNCT" || isQuestionWord(before)) &&
    isNounPhrase(tokens, at + 1)
  );
}

const isQuestionWord = ({ lower }: Draft): boolean => /^(?:what|when|where|why|how|who)$/.test(lower);

const LONGEST_SUBJECT = 8;

/** A subject and then a base form: "does your son work". */
function isNounPhrase(tokens: readonly Draft[], from: number): boolean {
  let index = from;
  while (
    index < from + LONGEST_SUBJECT &&
    index < tokens.length &&
    ["DET", "PRON", "NOUN", "PROPN", "ADJ"].includes(tokens[index]?.universal ?? "")
  )
    index += 1;
  const verb = tokens[index];
  return index > from && isVerb(verb) && verbShape(verb) === "base";
}

/** Whether have, do or get helps another verb here. */
function isAuxiliary(tokens: readonly Draft[], at: number): boolean {
  const { lower } = tokens[at] as Draft;
  const next = skipping(tokens, at, 1, isSkippedInQuestions);
  if (HAVE.has(lower)) return lower === "'ve" || isParticiple(next);
  if (DO.has(lower)) {
    return helpsAsDo(tokens, at, next);
  }
  if (!GET.has(lower) || tokens[at + 1]?.lower === "to") return false;
  return tokens[at + 1]?.universal === "VERB" && isParticiple(tokens[at + 1]);
}

/** Tags the verbs of a sentence and marks the auxiliaries, in place. */
export function tagVerbs(tokens: readonly Draft[]): void {
  tokens.forEach((token, at) => {
    const { lower } = token;
    if (token.universal !== "VERB" && token.universal !== "AUX") return;
    const before = tokens[at - 1];
    const fixed = FIXED.get(lower)?.[0];
    if (lower === "'s") {
      tagShortForm(token, before);
    } else if (lower === "'d" || MODALS.has(lower)) {
      token.tag = "MD";
      token.auxiliary = true;
    } else if (BE.has(lower)) {
      token.tag = fixed ?? "VB";
      // Existential "there is" is a full verb.
      token.auxiliary = before?.lower !== "there" && tokens[at + 1]?.tag !== "EX";
    } else {
      const derived = mainVerbTag(tokens, at);
      token.tag = fixed && (fixed === "VBG" || !(derived === "VBN" || derived === "VB")) ? fixed : derived;
      token.auxiliary = isAuxiliary(tokens, at);
      // Before its subject in a question, do is finite.
      if (token.auxiliary && lower === "do" && !before) token.tag = "VBP";
    }
  });
}

function tagShortForm(token: Draft, before: Draft | undefined): void {
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
