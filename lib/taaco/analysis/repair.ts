import { type Draft, isAdverbial, skipping, type Universal } from "./draft.ts";
import type { VerbFinder } from "./lemma.ts";
import type { Lexicon } from "./lexicon.ts";
import { BE, FIXED, HAVE, MODALS, SUBJECTS } from "./words.ts";

const BY_TAG: Readonly<Record<string, Universal>> = {
  UH: "INTJ",
  RB: "ADV",
  WRB: "ADV",
  JJ: "ADJ",
  JJR: "ADJ",
  CC: "CCONJ",
  MD: "AUX",
  DT: "DET",
  VBG: "VERB",
  VBP: "VERB",
  VBD: "VERB",
  VB: "VERB",
};

/** Closed-class words keep their class whatever stands around them. */
function fixClosedClass(token: Draft): void {
  if (BE.has(token.lower)) {
    token.universal = "AUX";
    return;
  }
  const fixed = FIXED.get(token.lower);
  const universal = fixed && BY_TAG[fixed[0]];
  if (universal && !HAVE.has(token.lower)) token.universal = universal;
}

const isNominal = (token: Draft | undefined): boolean =>
  token !== undefined && ["NOUN", "PROPN", "ADJ", "NUM"].includes(token.universal);

/** Whether a verb in its base form is due: after "to", a modal, do, or a subject pronoun. */
function wantsVerb(tokens: readonly Draft[], at: number): boolean {
  const before = skipping(tokens, at, -1, isAdverbial);
  if (!before) return false;
  if (before.lower === "na" || (before.lower === "to" && before.universal === "PART")) return true;
  return (
    MODALS.has(before.lower) ||
    SUBJECTS.has(before.lower) ||
    ["do", "does", "did", "who", "let"].includes(before.lower)
  );
}

const OPENERS = new Set("the a an my your his its our their every no some any these those".split(" "));

/** A word that the tagger calls a noun (or adjective) but that is a verb here. */
function isVerbAfterAll(tokens: readonly Draft[], at: number, verbOf: VerbFinder, lexicon: Lexicon): boolean {
  const { lower, universal } = tokens[at] as Draft;
  const verb = verbOf(lower);
  if (verb === undefined || !/^[a-z]/.test(lower)) return false;
  const before = tokens[at - 1];
  if (before && (OPENERS.has(before.lower) || before.universal === "ADJ")) return false;
  if (lower.endsWith("ed")) {
    if (universal === "NOUN" || universal === "PROPN") return true;
    return !lexicon.isAdjective(lower) || wantsVerb(tokens, at);
  }
  if (universal === "ADJ") return false;
  const readings = lexicon.verb(verb);
  const rather = readings !== undefined && readings.verb >= readings.noun / 4;
  return rather && wantsVerb(tokens, at);
}

/** A word that the tagger calls a verb but that stands where only a noun can. */
function isNounAfterAll(tokens: readonly Draft[], at: number, lexicon: Lexicon): boolean {
  const { lower } = tokens[at] as Draft;
  const before = tokens[at - 1];
  if (!before || !OPENERS.has(before.lower) || isNominal(tokens[at + 1])) return false;
  const readings = lexicon.verb(lower);
  return readings !== undefined && readings.noun > 0 && lower !== "like";
}

/** Whether 's is a short is or has, not the possessive. */
function isShortVerb(tokens: readonly Draft[], at: number): boolean {
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  if (!before) return false;
  if (before.universal !== "NOUN" && before.universal !== "PROPN") return true;
  return (
    next === undefined || !(isNominal(next) || (next.universal === "VERB" && next.lower.endsWith("ing")))
  );
}

/** "there" before or after a form of be; otherwise it is an adverb. */
function isExistential(tokens: readonly Draft[], at: number): boolean {
  const near = (token: Draft | undefined): boolean =>
    token !== undefined && (BE.has(token.lower) || MODALS.has(token.lower) || token.lower === "'s");
  const next = tokens[at + 1];
  if (near(next)) return true;
  return (
    near(tokens[at - 1]) && next !== undefined && /^(?:a|an|any|some|no|something|anything)$/.test(next.lower)
  );
}

const mayBeVerb = ({ universal, form, lower }: Draft): boolean =>
  universal === "NOUN" || universal === "ADJ" || (universal === "PROPN" && form === lower);

/** Corrects universal tags in place, by word lists and neighbours. */
export function repairClasses(tokens: readonly Draft[], verbOf: VerbFinder, lexicon: Lexicon): void {
  for (const token of tokens) fixClosedClass(token);
  tokens.forEach((token, at) => {
    const { universal, lower } = token;
    if (lower === "'s") {
      token.universal = isShortVerb(tokens, at) ? "AUX" : "PART";
    } else if (lower === "there") {
      token.universal = isExistential(tokens, at) ? "PRON" : "ADV";
    } else if (mayBeVerb(token)) {
      if (isVerbAfterAll(tokens, at, verbOf, lexicon)) token.universal = "VERB";
    } else if (universal === "VERB" && isNounAfterAll(tokens, at, lexicon)) {
      token.universal = "NOUN";
    }
  });
}
