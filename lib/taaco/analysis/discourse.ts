import { type Draft, isAdverbial, skipping, type Universal } from "./draft.ts";
import { isBreak, isLink, isNominal, isVerb, OPENERS } from "./neighbours.ts";
import { DO } from "./words.ts";

/** Words of talk that are an answer or a filler in one place and an ordinary word in another. */
const RULES: Readonly<Record<string, (tokens: readonly Draft[], at: number) => Universal | undefined>> = {
  well: (tokens, at) => (standsApart(tokens, at) ? "INTJ" : "ADV"),
  right(tokens, at) {
    const [before, next] = [tokens[at - 1], tokens[at + 1]];
    if (
      /^(?:now|here|there|away|after|before|behind|next|in|on|at|out|off|up|down|over)$/.test(
        next?.lower ?? "",
      )
    ) {
      return "ADV";
    }
    if (isLink(skipping(tokens, at, -1, isAdverbial))) return "ADJ";
    if (before && OPENERS.has(before.lower)) return isNominal(next) ? "ADJ" : "NOUN";
    return isBreak(before) ? "INTJ" : undefined;
  },
  okay: (tokens, at) => (isLink(skipping(tokens, at, -1, isAdverbial)) ? "ADJ" : "INTJ"),
  ok: (tokens, at) => (isLink(skipping(tokens, at, -1, isAdverbial)) ? "ADJ" : "INTJ"),
  kind: hedge,
  sort: hedge,
  like(tokens, at) {
    const before = skipping(tokens, at, -1, isAdverbial);
    const isObject =
      before?.universal === "PRON" &&
      tokens[at - 2]?.universal === "VERB" &&
      !DO.has(tokens[at - 2]?.lower ?? "");
    return isLink(before) || isBreak(before) || isObject ? "ADP" : undefined;
  },
};

/** First in its clause and followed by a pause, or by a subject: "well, I do", "and well, so what". */
function standsApart(tokens: readonly Draft[], at: number): boolean {
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  if (before !== undefined && before.universal !== "PUNCT" && before.universal !== "INTJ") return false;
  return at === 0 || isBreak(next) || next?.universal === "PRON";
}

/** "kind of", "sort of" before a verb or an adjective that no noun follows. */
function hedge(tokens: readonly Draft[], at: number): Universal | undefined {
  if (tokens[at + 1]?.lower !== "of" || OPENERS.has(tokens[at - 1]?.lower ?? "")) return undefined;
  const next = tokens[at + 2];
  const describes = next?.universal === "ADJ" && !isNominal(tokens[at + 3]);
  return isVerb(next) || describes ? "ADV" : undefined;
}

/** Settles words of talk in place. */
export function settleDiscourse(tokens: readonly Draft[]): void {
  tokens.forEach((token, at) => {
    const rule = Object.hasOwn(RULES, token.lower) ? RULES[token.lower] : undefined;
    token.universal = rule?.(tokens, at) ?? token.universal;
  });
}
