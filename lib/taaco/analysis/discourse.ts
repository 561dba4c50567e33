import { type DraftToken, isAdverbial, nearestToken, type Universal } from "./draft.ts";
import { isClauseEdge, isLinkingVerb, isNominal, isVerb, NOUN_PHRASE_OPENERS } from "./neighbours.ts";
import { DO } from "./words.ts";

/**
 * Rules for words of spoken language that are answers or fillers in some places and ordinary words in others. A rule
 * returns the class of the word, or undefined to keep it.
 */
const RULES: Readonly<Record<string, (tokens: readonly DraftToken[], at: number) => Universal | undefined>> =
  {
    well: (tokens, at) => (isDiscourseMarker(tokens, at) ? "INTJ" : "ADV"),
    right(tokens, at) {
      const [before, next] = [tokens[at - 1], tokens[at + 1]];
      if (
        /^(?:now|here|there|away|after|before|behind|next|in|on|at|out|off|up|down|over)$/.test(
          next?.lower ?? "",
        )
      ) {
        return "ADV";
      }
      if (isLinkingVerb(nearestToken(tokens, at, -1, isAdverbial))) return "ADJ";
      if (before && NOUN_PHRASE_OPENERS.has(before.lower)) return isNominal(next) ? "ADJ" : "NOUN";
      return isClauseEdge(before) ? "INTJ" : undefined;
    },
    okay: (tokens, at) => (isLinkingVerb(nearestToken(tokens, at, -1, isAdverbial)) ? "ADJ" : "INTJ"),
    ok: (tokens, at) => (isLinkingVerb(nearestToken(tokens, at, -1, isAdverbial)) ? "ADJ" : "INTJ"),
    kind: classifyHedge,
    sort: classifyHedge,
    like(tokens, at) {
      const before = nearestToken(tokens, at, -1, isAdverbial);
      const isObject =
        before?.universal === "PRON" &&
        tokens[at - 2]?.universal === "VERB" &&
        !DO.has(tokens[at - 2]?.lower ?? "");
      return isLinkingVerb(before) || isClauseEdge(before) || isObject ? "ADP" : undefined;
    },
  };

/** Returns whether a word begins its clause and a pause or a subject follows, as in "well, I do". */
function isDiscourseMarker(tokens: readonly DraftToken[], at: number): boolean {
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  if (before !== undefined && before.universal !== "PUNCT" && before.universal !== "INTJ") return false;
  return at === 0 || isClauseEdge(next) || next?.universal === "PRON";
}

/**
 * Classifies "kind" and "sort" in "kind of" and "sort of": adverbs before a verb, or before an adjective without a
 * noun.
 */
function classifyHedge(tokens: readonly DraftToken[], at: number): Universal | undefined {
  if (tokens[at + 1]?.lower !== "of" || NOUN_PHRASE_OPENERS.has(tokens[at - 1]?.lower ?? ""))
    return undefined;
  const next = tokens[at + 2];
  const describes = next?.universal === "ADJ" && !isNominal(tokens[at + 3]);
  return isVerb(next) || describes ? "ADV" : undefined;
}

/** Classifies discourse words in place. */
export function classifyDiscourseWords(tokens: readonly DraftToken[]): void {
  tokens.forEach((token, at) => {
    const rule = Object.hasOwn(RULES, token.lower) ? RULES[token.lower] : undefined;
    token.universal = rule?.(tokens, at) ?? token.universal;
  });
}
