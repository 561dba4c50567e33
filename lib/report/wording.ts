import { fixed, intervalDecimals } from "../page/numbers.ts";
import { type Change, type Comparison, type Interval, isClear } from "../run/evaluation.ts";

/** What an interval says of a difference that has one. */
export type KnownChange = Exclude<Change, "unknown">;

const signedText = (value: number | null, interval: Interval): string =>
  fixed(value, intervalDecimals(interval), true);

/** Returns the interval of a difference: "+0.014 to +0.023". */
export const intervalText = (interval: Interval, separator = " to "): string =>
  `${signedText(interval.low, interval)}${separator}${signedText(interval.high, interval)}`;

/** Returns a difference with its interval: "+0.019, 95 % interval +0.014 to +0.023". */
export const differenceText = (interval: Interval): string =>
  `${signedText(interval.difference, interval)}, 95 % interval ${intervalText(interval)}`;

/**
 * Returns a difference and its interval as cells of a table for a terminal: "+0.019*" and "+0.014..+0.023". A star
 * marks an interval that excludes zero.
 */
export const intervalCells = (interval: Interval): [difference: string, bounds: string] => [
  `${signedText(interval.difference, interval)}${isClear(interval) ? "*" : " "}`,
  intervalText(interval, ".."),
];

/** Returns the values before and after training: "37.6 to 41.6". */
export const changeText = ({ before, after }: Comparison, decimals: number): string =>
  `${fixed(before, decimals)} to ${fixed(after, decimals)}`;

const REWARD_CHANGES = { up: "rose clearly", down: "fell clearly", unclear: "did not change clearly" };

/** Returns what the reward did: "the reward rose clearly". */
export const rewardText = (change: KnownChange, name = "the reward"): string =>
  `${name} ${REWARD_CHANGES[change]}`;

const LENGTH_CHANGES = {
  up: "turns became clearly longer",
  down: "turns became clearly shorter",
  unclear: "the length of turns did not change clearly",
};

/** Returns what the length of turns in words did: "turns became clearly longer (13.0 to 15.1 words)". */
export const lengthText = (length: Comparison, change: KnownChange): string =>
  `${LENGTH_CHANGES[change]} (${changeText(length, 1)} words)`;

/** Returns the number of decimals of a perplexity: two where it is small, otherwise one. */
export const perplexityDecimals = (perplexity: Comparison | undefined): number =>
  (perplexity?.before ?? 0) < 10 ? 2 : 1;

/** Returns the perplexity before and after training: "37.6 to 41.6", or "1.43 to 1.42" where it is small. */
export const perplexityText = (perplexity: Comparison): string =>
  changeText(perplexity, perplexityDecimals(perplexity));

/** Returns the KL after training: "2.15 nats per turn". */
export const klText = ({ after }: Comparison): string => `${fixed(after, 2)} nats per turn`;

/** Returns the cost where only the KL is known: "the cost is a KL of 2.15 nats per turn". */
export const klCostText = (kl: Comparison): string => `the cost is a KL of ${klText(kl)}`;

/** Joins parts of a list: "length, repetition and perplexity". */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Returns a sentence from clauses. */
export const sentence = (clauses: readonly string[]): string => {
  const text = clauses.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
};
