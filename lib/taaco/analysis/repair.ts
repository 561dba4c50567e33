import { classifyDegreeWords } from "./degree.ts";
import { classifyDiscourseWords } from "./discourse.ts";
import { type DraftToken, isAdverbial, nearestToken, type Universal } from "./draft.ts";
import type { VerbFinder } from "./lemma.ts";
import type { Lexicon } from "./lexicon.ts";
import {
  canFollowVerb,
  expectsBaseVerb,
  followsInvertedSubject,
  hasVerbBefore,
  isClauseEdge,
  isNominal,
  isNoun,
  isPlural,
  isVerb,
  NOUN_PHRASE_OPENERS,
} from "./neighbours.ts";
import { BE, FIXED, HAVE, MODALS, PRONOUNS } from "./words.ts";

const UNIVERSAL_BY_PENN: Readonly<Record<string, Universal>> = {
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

/** Sets the class of a closed-class word, which does not depend on its neighbours. */
function fixClosedClass(token: DraftToken): void {
  if (BE.has(token.lower)) {
    token.universal = "AUX";
    return;
  }
  const fixed = FIXED.get(token.lower) ?? PRONOUNS.get(token.lower);
  const universal = fixed && UNIVERSAL_BY_PENN[fixed[0]];
  if (universal && !HAVE.has(token.lower)) token.universal = universal;
}

/** Verbs that take an -ing form as their object. */
const BEFORE_GERUND = new Set(
  "go stop start quit keep try need like love hate enjoy finish begin mind avoid remember miss spend consider".split(
    " ",
  ),
);

/** Returns whether an -ing form is a verb: it has an object, or it follows a verb that takes -ing forms. */
function isGerund(tokens: readonly DraftToken[], at: number, verb: string): boolean {
  const token = tokens[at] as DraftToken;
  if (!token.lower.endsWith("ing") || verb === token.lower) return false;
  const before = nearestToken(tokens, at, -1, isAdverbial);
  if (!before) return canFollowVerb(tokens[at + 1]);
  if (isVerb(before) && (BEFORE_GERUND.has(before.lemma) || BE.has(before.lower) || before.lower === "'s"))
    return true;
  return (
    (isAdverbial(before) || before.universal === "ADJ" || before.universal === "ADP") &&
    canFollowVerb(tokens[at + 1])
  );
}

/** Returns whether a form agrees with the noun before it as its verb, in a clause without another verb before it. */
function agreesWithSubject(tokens: readonly DraftToken[], at: number, verb: string): boolean {
  const token = tokens[at] as DraftToken;
  const before = nearestToken(tokens, at, -1, (other) => isAdverbial(other) || other.lower === "all");
  if (!before || hasVerbBefore(tokens, at)) return false;
  const next = tokens[at + 1];
  const indefinite = PRONOUNS.get(before.lower)?.[0] === "NN";
  const hasContinuation =
    canFollowVerb(next) || (isClauseEdge(next) && (indefinite || before !== tokens[at - 1]));
  if (verb !== token.lower) {
    const relative = before.lower === "that" || before.lower === "who" || before.lower === "which";
    const singular = (isNoun(before) && !isPlural(before)) || relative;
    return (
      singular &&
      token.lower.endsWith("s") &&
      (hasContinuation || (relative && !isClauseEdge(next)) || isPlural(next))
    );
  }
  return isPlural(before) && (hasContinuation || isNoun(next));
}

/** Returns whether a word that wink-nlp tagged as a noun or adjective is a verb. */
function isMistaggedVerb(tokens: readonly DraftToken[], at: number, verb: string, lexicon: Lexicon): boolean {
  const { lower, universal } = tokens[at] as DraftToken;
  const before = tokens[at - 1];
  if (
    before &&
    (NOUN_PHRASE_OPENERS.has(before.lower) || (before.universal === "ADJ" && !lower.endsWith("ing")))
  )
    return false;
  if (lower.endsWith("ed")) {
    if (universal === "NOUN" || universal === "PROPN") return true;
    return !lexicon.isAdjective(lower) || expectsBaseVerb(tokens, at);
  }
  if (isGerund(tokens, at, verb)) return universal !== "ADJ";
  const readings = lexicon.verb(verb);
  if (!readings || readings.verb < readings.noun / 4) return false;
  if (universal === "ADJ" && readings.adjective > readings.verb) return false;
  if (expectsBaseVerb(tokens, at) || followsInvertedSubject(tokens, at)) return universal !== "ADJ";
  return readings.verb >= readings.noun / 2 && agreesWithSubject(tokens, at, verb);
}

/** Returns whether a word that wink-nlp tagged as a verb stands where only a noun can stand. */
function isMistaggedNoun(tokens: readonly DraftToken[], at: number, lexicon: Lexicon): boolean {
  const { lower } = tokens[at] as DraftToken;
  const before = tokens[at - 1];
  if (!before || !NOUN_PHRASE_OPENERS.has(before.lower) || isNominal(tokens[at + 1])) return false;
  const readings = lexicon.verb(lower);
  return readings !== undefined && readings.noun > 0 && lower !== "like";
}

/** Returns whether 's is a contraction of is or has, and not the possessive. */
function isContractedVerb(tokens: readonly DraftToken[], at: number): boolean {
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  if (!before) return false;
  if ((before.universal !== "NOUN" && before.universal !== "PROPN") || PRONOUNS.has(before.lower))
    return true;
  return (
    next === undefined || !(isNominal(next) || (next.universal === "VERB" && next.lower.endsWith("ing")))
  );
}

/** Returns whether "there" is existential, that is next to a form of be or a modal verb. Otherwise it is an adverb. */
function isExistential(tokens: readonly DraftToken[], at: number): boolean {
  const isBeOrModal = (token: DraftToken | undefined): boolean =>
    token !== undefined && (BE.has(token.lower) || MODALS.has(token.lower) || token.lower === "'s");
  const next = tokens[at + 1];
  if (isBeOrModal(next)) return true;
  return (
    isBeOrModal(tokens[at - 1]) &&
    next !== undefined &&
    /^(?:an?|any|some|no|something|anything)$/.test(next.lower)
  );
}

/** Returns whether a sentence begins with a speaker label ("A:: well"), which spaCy tags as a noun. */
const startsWithLabel = ([, first, second]: readonly DraftToken[]): boolean =>
  [first, second].every((token) => token?.form === ":" && !token.spaced);

const mayBeVerb = ({ universal, form, lower }: DraftToken): boolean =>
  universal === "NOUN" || universal === "ADJ" || (universal === "PROPN" && form === lower);

/** Corrects the universal tags of a sentence in place, by word lists and neighbouring tokens. */
export function repairClasses(tokens: readonly DraftToken[], findVerb: VerbFinder, lexicon: Lexicon): void {
  for (const token of tokens) fixClosedClass(token);
  classifyDiscourseWords(tokens);
  tokens.forEach((token, at) => {
    const { universal, lower } = token;
    if (at === 0 && startsWithLabel(tokens)) {
      token.universal = "NOUN";
    } else if (lower === "'s") {
      token.universal = isContractedVerb(tokens, at) ? "AUX" : "PART";
    } else if (lower === "there") {
      token.universal = isExistential(tokens, at) ? "PRON" : "ADV";
    } else if (mayBeVerb(token) && !PRONOUNS.has(lower)) {
      const verb = /^[a-z]/.test(lower) ? findVerb(lower) : undefined;
      if (verb !== undefined && isMistaggedVerb(tokens, at, verb, lexicon)) token.universal = "VERB";
    } else if (universal === "VERB" && isMistaggedNoun(tokens, at, lexicon)) {
      token.universal = "NOUN";
    }
  });
  classifyDegreeWords(tokens, (word) => lexicon.isAdjective(word));
}
