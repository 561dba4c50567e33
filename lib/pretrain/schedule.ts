import type { PretrainConfig } from "./config.ts";

/** Steps that a run with a time limit only takes to measure its speed. */
export const PACE_STEPS = 12;

// The rest of the time is for the last measurement and for saving.
const USABLE = 0.94;

/** Held-out measurements in a run, unless an interval is given. */
export const EVALUATIONS = 20;

/** Length of a run when none is given: passes over the data, and at least so many steps, because few rows need more passes. */
const DEFAULT_LENGTH = { epochs: 10, steps: 200 };

/** Steps of the warm-up when none are given: at most this share of the run, so that a short run reaches the highest rate. */
const DEFAULT_WARMUP = { steps: 100, share: 0.1 };

/**
 * Returns the steps of the whole run as they are given or follow from the epochs.
 *
 * @param epochSteps batches of one pass
 * @returns undefined when only the time is given
 */
export function plannedSteps(
  config: Pick<PretrainConfig, "steps" | "epochs" | "minutes">,
  epochSteps: number,
): number | undefined {
  const { steps, epochs, minutes } = config;
  if (steps !== undefined) return steps;
  if (epochs !== undefined) return epochs * epochSteps;
  if (minutes !== undefined) return undefined;
  return Math.max(DEFAULT_LENGTH.epochs * epochSteps, DEFAULT_LENGTH.steps);
}

/** Returns the steps of the warm-up: those given, else 100 or a tenth of a shorter run. */
export function plannedWarmup(given: number | undefined, totalSteps: number | undefined): number {
  if (given !== undefined) return given;
  const share = Math.floor((totalSteps ?? Number.POSITIVE_INFINITY) * DEFAULT_WARMUP.share);
  return Math.min(DEFAULT_WARMUP.steps, share);
}

/** Returns how many steps fit in the time at the speed so far, held-out measurements included; at least one more than done. */
export function stepsWithin(
  minutes: number,
  pace: { done: number; seconds: number; secondsAStep: number; secondsAnEvaluation: number },
): number {
  const left = minutes * 60 * USABLE - pace.seconds - EVALUATIONS * pace.secondsAnEvaluation;
  return Math.max(pace.done + 1, pace.done + Math.floor(left / pace.secondsAStep));
}

/** The held-out perplexity after some steps. */
export interface HeldOutPerplexity {
  readonly step: number;
  readonly perplexity: number;
}

/** A run was too short when the perplexity falls by at least this share in its last quarter. */
const STILL_FALLING = 0.1;

/**
 * Decides whether a run ended while its held-out perplexity was still falling.
 * @returns the measurement before the last quarter and the last one; undefined when it had levelled off
 */
export function stillFalling(
  measured: readonly HeldOutPerplexity[],
): readonly [HeldOutPerplexity, HeldOutPerplexity] | undefined {
  const last = measured.at(-1);
  const before = last && measured.findLast(({ step }) => step > 0 && step <= 0.75 * last.step);
  if (!before) return undefined;
  return last.perplexity < (1 - STILL_FALLING) * before.perplexity ? [before, last] : undefined;
}
