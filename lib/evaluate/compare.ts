import { type Likelihood, perplexityOf } from "../dialogue/likelihood.ts";
import { meanOfKnown } from "../mean.ts";
import type { Baselines, Comparison } from "../run/evaluation.ts";
import { type BootstrapOptions, bootstrapInterval, pairedBootstrap } from "./bootstrap.ts";

/** Values of one measure: for each dialogue, one value per sample; null where there is nothing to measure. */
export type BySample = readonly (readonly (number | null)[])[];

/** The comparison of a measure that has no values. */
export const NO_COMPARISON: Comparison = {
  before: null,
  after: null,
  difference: null,
  low: null,
  high: null,
};

const nullUnlessFinite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Returns the mean over dialogues of the mean over a dialogue's samples. */
export const grandMean = (values: BySample): number | null => meanOfKnown(values.map(meanOfKnown));

/** Compares a measure before and after training. A dialogue without a value on one side is left out. */
export function compare(before: BySample, after: BySample, options?: BootstrapOptions): Comparison {
  const result = pairedBootstrap(before.map(meanOfKnown), after.map(meanOfKnown), options);
  return {
    before: nullUnlessFinite(result.before),
    after: nullUnlessFinite(result.after),
    difference: nullUnlessFinite(result.difference),
    low: nullUnlessFinite(result.low),
    high: nullUnlessFinite(result.high),
  };
}

/** Compares a measure before and after training, and adds its mean for the teacher's and the human turns. */
export function compareWithBaselines(
  values: { before: BySample; after: BySample; teacher: BySample; human: BySample },
  options?: BootstrapOptions,
): Comparison & Baselines {
  const { before, after, teacher, human } = values;
  return {
    ...compare(before, after, options),
    teacher: grandMean(teacher),
    human: grandMean(human),
  };
}

/**
 * Compares the perplexity of the same texts under two models. The interval of the difference comes from a bootstrap
 * over the texts.
 */
export function comparePerplexity(
  before: readonly Likelihood[],
  after: readonly Likelihood[],
  options?: BootstrapOptions,
): Comparison {
  if (before.length === 0) return NO_COMPARISON;
  const difference = (units: Int32Array): number => perplexityOf(after, units) - perplexityOf(before, units);
  return {
    before: nullUnlessFinite(perplexityOf(before)),
    after: nullUnlessFinite(perplexityOf(after)),
    difference: nullUnlessFinite(difference(Int32Array.from(before.keys()))),
    ...bootstrapInterval(before.length, difference, options),
  };
}
