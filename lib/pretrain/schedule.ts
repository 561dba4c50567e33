import type { PretrainConfig } from "./config.ts";

/** Part of the highest rate that is left at the end. */
const LEAST = 0.1;

/** Steps after which a run that is given only minutes knows its pace. */
export const PACE_STEPS = 12;

// Leaves room for the last measurement and for saving.
const USABLE = 0.94;

export const EVALUATIONS = 20;

/** Passes over the data of a run that is given no length, and the steps it takes at least: few rows need more passes. */
const DEFAULT_LENGTH = { epochs: 10, steps: 200 };

/** Steps of the warm-up when none are given; of a short run a tenth, or its rate would never reach the highest. */
const DEFAULT_WARMUP = { steps: 100, share: 0.1 };

/**
 * Steps in all as they are given or follow from the epochs.
 *
 * @param epochSteps batches of one pass
 * @returns undefined when only the time is given
 */
export function stepsOf(
  config: Pick<PretrainConfig, "steps" | "epochs" | "minutes">,
  epochSteps: number,
): number | undefined {
  const { steps, epochs, minutes } = config;
  if (steps !== undefined) return steps;
  if (epochs !== undefined) return epochs * epochSteps;
  if (minutes !== undefined) return undefined;
  return Math.max(DEFAULT_LENGTH.epochs * epochSteps, DEFAULT_LENGTH.steps);
}

function warmupOf(given: number | undefined, totalSteps: number | undefined): number {
  if (given !== undefined) return given;
  const share = Math.floor((totalSteps ?? Number.POSITIVE_INFINITY) * DEFAULT_WARMUP.share);
  return Math.min(DEFAULT_WARMUP.steps, share);
}

/**
 * Linear warm-up, then a cosine down to a tenth.
 *
 * @param step steps done before
 * @param totalSteps unknown while the pace is being measured: then the rate stays at its highest after the warm-up
 */
export function learningRateAt(
  step: number,
  config: Pick<PretrainConfig, "learningRate" | "warmupSteps">,
  totalSteps: number | undefined,
): number {
  const { learningRate } = config;
  const warmupSteps = warmupOf(config.warmupSteps, totalSteps);
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  if (totalSteps === undefined) return learningRate;
  const share = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return learningRate * (LEAST + (1 - LEAST) * 0.5 * (1 + Math.cos(Math.PI * share)));
}

/** Steps that fit in the time, by the pace so far and what a held-out measurement takes; at least those done. */
export function stepsWithin(
  minutes: number,
  pace: { done: number; seconds: number; secondsAStep: number; secondsAnEvaluation: number },
): number {
  const left = minutes * 60 * USABLE - pace.seconds - EVALUATIONS * pace.secondsAnEvaluation;
  return Math.max(pace.done + 1, pace.done + Math.floor(left / pace.secondsAStep));
}

/** A measurement on held-out text after some steps. */
export interface Measured {
  readonly step: number;
  readonly perplexity: number;
}

/** By how much the perplexity falls in the last quarter of a run that was too short; a long one's falls by less. */
const STILL_FALLING = 0.1;

/**
 * Whether a run ended while its held-out perplexity was falling.
 * @returns the measurement before the last quarter and the last one; undefined when it had levelled off
 */
export function stillFalling(measured: readonly Measured[]): readonly [Measured, Measured] | undefined {
  const last = measured.at(-1);
  const before = last && measured.findLast(({ step }) => step > 0 && step <= 0.75 * last.step);
  if (!before) return undefined;
  return last.perplexity < (1 - STILL_FALLING) * before.perplexity ? [before, last] : undefined;
}
