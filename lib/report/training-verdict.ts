import { mean } from "../mean.ts";
import { type StepRecord, statisticValues } from "../page/run-charts.ts";
import { type Comparison, changeOf } from "../run/evaluation.ts";
import { differenceText, type KnownChange, klText, lengthText, rewardText, sentence } from "./wording.ts";

/** Fewest steps in a third of a run for a comparison. */
const MIN_STEPS = 5;

interface Moments {
  readonly mean: number;
  /** Variance of the mean. */
  readonly variance: number;
  readonly count: number;
}

function moments(values: readonly number[]): Moments {
  const count = values.length;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return { mean: center, variance: squares / (count - 1) / count, count };
}

/** Returns the 97.5 % point of Student's t distribution by its expansion around the normal one (Fisher 1941). */
export function studentPoint(degrees: number): number {
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}

/**
 * Compares a statistic in the first and the last third of a run's steps. The interval of the difference is Welch's for
 * means of unequal variance, because every step draws other dialogues.
 *
 * @returns undefined when a third has fewer than five values
 */
export function compareThirds(values: readonly (number | null)[]): Comparison | undefined {
  const known = values.filter((value) => value !== null);
  const size = Math.floor(known.length / 3);
  if (size < MIN_STEPS) return undefined;
  const [first, last] = [moments(known.slice(0, size)), moments(known.slice(-size))];
  const variance = first.variance + last.variance;
  const share = ({ variance: own, count }: Moments): number => own ** 2 / (count - 1);
  const degrees = variance === 0 ? size : variance ** 2 / (share(first) + share(last));
  const half = studentPoint(degrees) * Math.sqrt(variance);
  const difference = last.mean - first.mean;
  return {
    before: first.mean,
    after: last.mean,
    difference,
    low: difference - half,
    high: difference + half,
  };
}

/**
 * Returns the course of a training in one sentence: what changed clearly between the first and the last third of its
 * steps, what did not, and what it cost. Its dialogues are those that the child was trained on.
 */
export function trainingVerdict(steps: readonly StepRecord[]): string {
  const values = (name: string): (number | null)[] => statisticValues(steps, name);
  const reward = compareThirds(values("env/reward_mean"));
  if (reward === undefined) {
    return sentence([
      `${steps.length} ${steps.length === 1 ? "step is" : "steps are"} too few to tell whether training changed the reward; ` +
        `it takes at least ${3 * MIN_STEPS}`,
    ]);
  }
  const length = compareThirds(values("dppo/child_words_mean"));
  const kl = compareThirds(values("objective/kl"));
  return sentence([
    `on the training dialogues ${rewardText(direction(reward))} from the first to the last third of the steps ` +
      `(${differenceText(reward)})`,
    ...(length === undefined ? [] : [lengthText(length, direction(length))]),
    ...(kl === undefined ? [] : [`the mean KL of the last third is ${klText(kl)}`]),
  ]);
}

/** Returns what the interval says of a comparison that has one. */
function direction(comparison: Comparison): KnownChange {
  const change = changeOf(comparison);
  return change === "unknown" ? "unclear" : change;
}
