import { type Draft, isAdverbial, positionSkipping } from "./draft.ts";
import { isBreak, isLink, isNominal, isNoun, isVerb } from "./neighbours.ts";
import { BE } from "./words.ts";

/** Words that are adjective and adverb without change of form. */
const FLAT = new Set(
  "much more less better worse best early earlier late later hard harder long longer fast faster far close high low loud straight".split(
    " ",
  ),
);
/** Prepositions that are adverbs when nothing follows. */
const STRANDED = new Set("before outside inside though since around".split(" "));
const GET = new Set("get gets got getting gotten".split(" "));
const NATIONAL = /(?:ese|ish|an|ch)$/;

/** A flat word is an adverb after a full verb, unless a noun follows or the verb links. */
function isFlatAdverb(tokens: readonly Draft[], at: number): boolean {
  if (isNominal(tokens[at + 1])) return false;
  const position = positionSkipping(tokens, at, -1, isAdverbial);
  const before = tokens[tokens[position]?.lower === "as" ? position - 1 : position];
  if (before && isLink(before)) return false;
  const isObject = isNoun(before) || before?.universal === "PRON";
  return (isVerb(before) || isObject) && (isBreak(tokens[at + 1]) || tokens[at + 1]?.universal !== "ADP");
}

/** "that early", "that bad": a degree, not a demonstrative. */
function isDegreeThat(tokens: readonly Draft[], at: number): boolean {
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  if (before === undefined || !next || !["ADJ", "ADV"].includes(next.universal)) return false;
  return isBreak(tokens[at + 2]) && (isVerb(before) || isAdverbial(before) || before.universal === "ADP");
}

function settleAdjective(token: Draft, tokens: readonly Draft[], at: number): void {
  const next = tokens[at + 1];
  if (FLAT.has(token.lower) && isFlatAdverb(tokens, at)) token.universal = "ADV";
  if (token.lower === "long" && /^(?:how|as)$/.test(tokens[at - 1]?.lower ?? "")) token.universal = "ADV";
  if (token.lower === "still" && isNoun(next)) token.universal = "ADJ";
}

/** The first "as" of "as long as". */
const isCorrelative = (tokens: readonly Draft[], at: number): boolean =>
  [tokens[at + 2], tokens[at + 3]].some((token) => token?.lower === "as") &&
  ["ADJ", "ADV"].includes(tokens[at + 1]?.universal ?? "");

/** Tells adjectives, adverbs and prepositions apart where the form does not, in place. */
export function settleDegrees(tokens: readonly Draft[], isAdjective: (word: string) => boolean): void {
  tokens.forEach((token, at) => {
    const { lower, universal } = token;
    const next = tokens[at + 1];
    const before = tokens[at - 1];
    if (universal === "ADJ") settleAdjective(token, tokens, at);
    else if (universal === "ADV" && lower.endsWith("est") && isNoun(next)) token.universal = "ADJ";
    else if (STRANDED.has(lower) && isBreak(next)) token.universal = "ADV";
    else if (lower === "as" && isCorrelative(tokens, at)) token.universal = "ADV";
    else if (lower === "that" && isDegreeThat(tokens, at)) token.universal = "ADV";
    else if (lower === "enough" && isNominal(next)) token.universal = "ADJ";
    else if (
      lower === "used" &&
      next?.lower === "to" &&
      before &&
      (BE.has(before.lower) || GET.has(before.lower))
    ) {
      token.universal = "ADJ";
    } else if (
      universal === "PROPN" &&
      NATIONAL.test(lower) &&
      isAdjective(lower) &&
      next?.universal === "NOUN"
    ) {
      token.universal = "ADJ";
    }
  });
}
