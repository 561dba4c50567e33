import { settleDegrees } from "./degree.ts";
import { settleDiscourse } from "./discourse.ts";
import { type Draft, isAdverbial, skipping, type Universal } from "./draft.ts";
import type { VerbFinder } from "./lemma.ts";
import type { Lexicon } from "./lexicon.ts";
import {
  canFollowVerb,
  followsInvertedSubject,
  hasVerbBefore,
  isBreak,
  isNominal,
  isNoun,
  isPlural,
  isVerb,
  OPENERS,
  wantsVerb,
} from "./neighbours.ts";
import { BE, FIXED, HAVE, MODALS, PRONOUNS } from "./words.ts";

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
  NN: "NOUN",
  NNS: "NOUN",
  PRP: "PRON",
  PRP$: "PRON",
};

/** Closed-class words keep their class whatever stands around them. */
function fixClosedClass(token: Draft): void {
  if (BE.has(token.lower)) {
    token.universal = "AUX";
    return;
  }
  const fixed = FIXED.get(token.lower) ?? PRONOUNS.get(token.lower);
  const universal = fixed && BY_TAG[fixed[0]];
  if (universal && !HAVE.has(token.lower)) token.universal = universal;
}

/** Verbs that an -ing form follows. */
const BEFORE_GERUND = new Set(
  "go stop start quit keep try need like love hate enjoy finish begin mind avoid remember miss spend consider".split(
    " ",
  ),
);

/** A gerund with its own object or after a verb that takes one; with a determiner it is a noun. */
function isGerund(tokens: readonly Draft[], at: number, verb: string): boolean {
  const token = tokens[at] as Draft;
  if (!token.lower.endsWith("ing") || verb === token.lower) return false;
  const before = skipping(tokens, at, -1, isAdverbial);
  if (!before) return canFollowVerb(tokens[at + 1]);
  if (isVerb(before) && (BEFORE_GERUND.has(before.lemma) || BE.has(before.lower) || before.lower === "'s"))
    return true;
  return (
    (isAdverbial(before) || before.universal === "ADJ" || before.universal === "ADP") &&
    canFollowVerb(tokens[at + 1])
  );
}

/** Third person after a singular subject, or base form after a plural one, in a clause that has no verb yet. */
function agrees(tokens: readonly Draft[], at: number, verb: string): boolean {
  const token = tokens[at] as Draft;
  const before = skipping(tokens, at, -1, (other) => isAdverbial(other) || other.lower === "all");
  if (!before || hasVerbBefore(tokens, at)) return false;
  const next = tokens[at + 1];
  const indefinite = PRONOUNS.get(before.lower)?.[0] === "NN";
  const goesOn = canFollowVerb(next) || (isBreak(next) && (indefinite || before !== tokens[at - 1]));
  if (verb !== token.lower) {
    const relative = before.lower === "that" || before.lower === "who" || before.lower === "which";
    const singular = (isNoun(before) && !isPlural(before)) || relative;
    return (
      singular && token.lower.endsWith("s") && (goesOn || (relative && !isBreak(next)) || isPlural(next))
    );
  }
  return isPlural(before) && (goesOn || isNoun(next));
}

/** A word that the tagger calls a noun (or adjective) but that is a verb here. */
function isVerbAfterAll(tokens: readonly Draft[], at: number, verb: string, lexicon: Lexicon): boolean {
  const { lower, universal } = tokens[at] as Draft;
  const before = tokens[at - 1];
  if (before && (OPENERS.has(before.lower) || (before.universal === "ADJ" && !lower.endsWith("ing"))))
    return false;
  if (lower.endsWith("ed")) {
    if (universal === "NOUN" || universal === "PROPN") return true;
    return !lexicon.isAdjective(lower) || wantsVerb(tokens, at);
  }
  if (isGerund(tokens, at, verb)) return universal !== "ADJ";
  const readings = lexicon.verb(verb);
  if (!readings || readings.verb < readings.noun / 4) return false;
  if (universal === "ADJ" && readings.adjective > readings.verb) return false;
  if (wantsVerb(tokens, at) || followsInvertedSubject(tokens, at)) return universal !== "ADJ";
  return readings.verb >= readings.noun / 2 && agrees(tokens, at, verb);
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
  if ((before.universal !== "NOUN" && before.universal !== "PROPN") || PRONOUNS.has(before.lower))
    return true;
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
    near(tokens[at - 1]) && next !== undefined && /^(?:an?|any|some|no|something|anything)$/.test(next.lower)
  );
}

/** A speaker's label that was left in the text ("A:: well") is a noun, as spaCy has it. */
const isLabelled = ([, first, second]: readonly Draft[]): boolean =>
  [first, second].every((token) => token?.form === ":" && !token.spaced);

const mayBeVerb = ({ universal, form, lower }: Draft): boolean =>
  universal === "NOUN" || universal === "ADJ" || (universal === "PROPN" && form === lower);

/** Corrects universal tags in place, by word lists and neighbours. */
export function repairClasses(tokens: readonly Draft[], verbOf: VerbFinder, lexicon: Lexicon): void {
  for (const token of tokens) fixClosedClass(token);
  settleDiscourse(tokens);
  tokens.forEach((token, at) => {
    const { universal, lower } = token;
    if (at === 0 && isLabelled(tokens)) {
      token.universal = "NOUN";
    } else if (lower === "'s") {
      token.universal = isShortVerb(tokens, at) ? "AUX" : "PART";
    } else if (lower === "there") {
      token.universal = isExistential(tokens, at) ? "PRON" : "ADV";
    } else if (mayBeVerb(token) && !PRONOUNS.has(lower)) {
      const verb = /^[a-z]/.test(lower) ? verbOf(lower) : undefined;
      if (verb !== undefined && isVerbAfterAll(tokens, at, verb, lexicon)) token.universal = "VERB";
    } else if (universal === "VERB" && isNounAfterAll(tokens, at, lexicon)) {
      token.universal = "NOUN";
    }
  });
  settleDegrees(tokens, (word) => lexicon.isAdjective(word));
}
