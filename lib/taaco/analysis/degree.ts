import { type DraftToken, isAdverbial, nearestPosition } from "./draft.ts";
import { isClauseEdge, isLinkingVerb, isNominal, isNoun, isVerb } from "./neighbours.ts";
import { BE, GET } from "./words.ts";

/** Words that can be adjectives or adverbs in the same form. */
const FLAT_ADVERBS = new Set(
  "much more less better worse best early earlier late later hard harder long longer fast faster far close high low loud straight".split(
    " ",
  ),
);
/** Prepositions that are adverbs if nothing follows them in the clause. */
const STRANDED_PREPOSITIONS = new Set("before outside inside though since around".split(" "));
const NATIONALITY_ENDING = /(?:ese|ish|an|ch)$/;

/** Returns whether a flat word is an adverb: it follows a full verb that is not a linking verb, and no noun follows it. */
function isFlatAdverb(tokens: readonly DraftToken[], at: number): boolean {
  if (isNominal(tokens[at + 1])) return false;
  const position = nearestPosition(tokens, at, -1, isAdverbial);
  const before = tokens[tokens[position]?.lower === "as" ? position - 1 : position];
  if (before && isLinkingVerb(before)) return false;
  const isObject = isNoun(before) || before?.universal === "PRON";
  return (
    (isVerb(before) || isObject) && (isClauseEdge(tokens[at + 1]) || tokens[at + 1]?.universal !== "ADP")
  );
}

/** Returns whether "that" is an adverb of degree, as in "that early" or "that bad". */
function isDegreeThat(tokens: readonly DraftToken[], at: number): boolean {
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  if (before === undefined || !next || !["ADJ", "ADV"].includes(next.universal)) return false;
  return (
    isClauseEdge(tokens[at + 2]) && (isVerb(before) || isAdverbial(before) || before.universal === "ADP")
  );
}

function classifyAdjective(token: DraftToken, tokens: readonly DraftToken[], at: number): void {
  const next = tokens[at + 1];
  if (FLAT_ADVERBS.has(token.lower) && isFlatAdverb(tokens, at)) token.universal = "ADV";
  if (token.lower === "long" && /^(?:how|as)$/.test(tokens[at - 1]?.lower ?? "")) token.universal = "ADV";
  if (token.lower === "still" && isNoun(next)) token.universal = "ADJ";
}

/** Returns whether a token is the first "as" of a comparison such as "as long as". */
const isFirstCorrelativeAs = (tokens: readonly DraftToken[], at: number): boolean =>
  [tokens[at + 2], tokens[at + 3]].some((token) => token?.lower === "as") &&
  ["ADJ", "ADV"].includes(tokens[at + 1]?.universal ?? "");

/** Distinguishes adjectives, adverbs and prepositions of the same form by their neighbours, and sets the class in place. */
export function classifyDegreeWords(
  tokens: readonly DraftToken[],
  isAdjective: (word: string) => boolean,
): void {
  tokens.forEach((token, at) => {
    const { lower, universal } = token;
    const next = tokens[at + 1];
    const before = tokens[at - 1];
    if (universal === "ADJ") classifyAdjective(token, tokens, at);
    else if (universal === "ADV" && lower.endsWith("est") && isNoun(next)) token.universal = "ADJ";
    else if (STRANDED_PREPOSITIONS.has(lower) && isClauseEdge(next)) token.universal = "ADV";
    else if (lower === "as" && isFirstCorrelativeAs(tokens, at)) token.universal = "ADV";
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
      NATIONALITY_ENDING.test(lower) &&
      isAdjective(lower) &&
      next?.universal === "NOUN"
    ) {
      token.universal = "ADJ";
    }
  });
}
