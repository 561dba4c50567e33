import { type Draft, isAdverbial, skipping } from "./draft.ts";
import { BE, DO, FIXED, HAVE, MODALS, SUBJECTS } from "./words.ts";

const GET = new Set(["get", "gets", "got", "gotten", "getting"]);

const isSkippedInQuestions = (token: Draft): boolean => isAdverbial(token) || SUBJECTS.has(token.lower);

type Shape = "base" | "s" | "ing" | "past";

function shapeOf({ lower, lemma }: Draft): Shape {
  if (lower === lemma) return "base";
  if (lower.endsWith("ing")) return "ing";
  return lower.endsWith("s") ? "s" : "past";
}

const isVerb = (token: Draft | undefined): token is Draft =>
  token?.universal === "VERB" || token?.universal === "AUX";

function isParticiple(token: Draft | undefined): boolean {
  if (!isVerb(token)) return false;
  return (
    shapeOf(token) === "past" || ["been", "come", "become", "run", "put", "let", "cut"].includes(token.lower)
  );
}

function mainVerbTag(tokens: readonly Draft[], at: number): string {
  const token = tokens[at] as Draft;
  const before = skipping(tokens, at, -1, isSkippedInQuestions);
  switch (shapeOf(token)) {
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
      return !direct || token.lower === "let" || bare || MODALS.has(before?.lower ?? "") ? "VB" : "VBP";
    }
  }
}

/** Whether have, do or get helps another verb here. */
function isAuxiliary(tokens: readonly Draft[], at: number): boolean {
  const { lower } = tokens[at] as Draft;
  const next = skipping(tokens, at, 1, isSkippedInQuestions);
  if (HAVE.has(lower)) return lower === "'ve" || isParticiple(next);
  if (DO.has(lower)) {
    const after = tokens[at + 1];
    if (after && (after.lower === "n't" || after.lower === "not" || SUBJECTS.has(after.lower))) return true;
    return isVerb(next) && shapeOf(next) === "base";
  }
  return GET.has(lower) && tokens[at + 1]?.universal === "VERB" && isParticiple(tokens[at + 1]);
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
      token.auxiliary = before?.lower !== "there";
    } else {
      const derived = mainVerbTag(tokens, at);
      token.tag = fixed && (fixed === "VBG" || !(derived === "VBN" || derived === "VB")) ? fixed : derived;
      token.auxiliary = isAuxiliary(tokens, at);
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
