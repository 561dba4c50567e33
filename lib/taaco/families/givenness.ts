import { lemmasOf, type TextModel } from "../text/text-model.ts";
import { Bit, type Token } from "../text/token.ts";
import type { ArithmeticMode, FamilyValues } from "../types.ts";
import { ratio } from "./ratio.ts";

/** Items that occur at least twice, every occurrence counted. */
function repeated<T>(items: readonly T[]): number {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return items.filter((item) => (counts.get(item) ?? 0) > 1).length;
}

/** The four givenness indices, in the order of `GIVENNESS_NAMES`. The original experiment counts all pronouns, and those that stand alone twice. */
export function givennessIndices(
  text: TextModel,
  third: ReadonlySet<string>,
  mode: ArithmeticMode,
): FamilyValues {
  const words = text.tokens.length;
  const having = (bit: number): Token[] => text.tokens.filter(({ bits }) => bits & bit);
  const alone = having(Bit.unattended);
  const given =
    mode === "experiment" ? having(Bit.pronoun) : text.tokens.filter(({ lemma }) => third.has(lemma));
  const repeatedContent = repeated(lemmasOf(text, Bit.content));
  const repeatedGiven = repeated(given.map(({ lemma }) => lemma)) + repeated(alone.map(({ form }) => form));
  const pronouns = given.length + alone.length;
  return [
    ratio(pronouns, words, mode),
    ratio(pronouns, having(Bit.noun).length, mode),
    ratio(repeatedContent, words, mode),
    ratio(repeatedContent + repeatedGiven, words, mode),
  ];
}
