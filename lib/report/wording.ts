import { fixed, intervalDecimals } from "../page/numbers.ts";
import type { Comparison, Interval } from "../run/evaluation.ts";

/** Returns a difference with its interval: "+0.019, 95 % interval +0.014 to +0.023". */
export function differenceText(interval: Interval): string {
  const decimals = intervalDecimals(interval);
  const signed = (value: number | null): string => fixed(value, decimals, true);
  return `${signed(interval.difference)}, 95 % interval ${signed(interval.low)} to ${signed(interval.high)}`;
}

/** Returns the values before and after training: "37.6 to 41.6". */
export const changeText = ({ before, after }: Comparison, decimals: number): string =>
  `${fixed(before, decimals)} to ${fixed(after, decimals)}`;

/** Joins parts of a list: "length, repetition and perplexity". */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
