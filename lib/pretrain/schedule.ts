import type { PretrainConfig } from "./config.ts";

/** Number of steps by which a run whose only limit is time measures its speed. */
export const PACE_STEPS = 12;

/** Share of the time limit that steps may use. The rest is for the last measurement and for saving. */
const USABLE_TIME_SHARE = 0.94;

/** Number of held-out measurements in a run if no interval is given. */
export const EVALUATIONS = 20;

/**
 * Default length of a run: a number of epochs, but at least a number of steps, because a small corpus needs more
 * epochs.
 */
const DEFAULT_LENGTH = { epochs: 10, steps: 200 };

/**
 * Default length of the warm-up: a number of steps, but at most a share of the run, so that a short run reaches the
 * highest rate.
 */
const DEFAULT_WARMUP = { steps: 100, share: 0.1 };

/**
 * Returns the number of steps of the whole run, by the given steps, the given epochs or the default length.
 *
 * @param epochSteps number of batches in an epoch
 * @returns undefined if only a time limit is given
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

/** Returns the number of warm-up steps: the given one, or by default 100 or a tenth of a shorter run. */
export function plannedWarmup(given: number | undefined, totalSteps: number | undefined): number {
  if (given !== undefined) return given;
  const share = Math.floor((totalSteps ?? Number.POSITIVE_INFINITY) * DEFAULT_WARMUP.share);
  return Math.min(DEFAULT_WARMUP.steps, share);
}

/**
 * Returns the number of steps that fit into a time limit at the speed so far, with time for the held-out measurements.
 * It is at least one more than the number of steps that are done.
 *
 * @param pace.done number of steps that are done
 * @param pace.seconds time spent so far
 */
export function stepsWithin(
  minutes: number,
  pace: { done: number; seconds: number; secondsPerStep: number; secondsPerEvaluation: number },
): number {
  const left = minutes * 60 * USABLE_TIME_SHARE - pace.seconds - EVALUATIONS * pace.secondsPerEvaluation;
  return Math.max(pace.done + 1, pace.done + Math.floor(left / pace.secondsPerStep));
}

/** The held-out perplexity after a number of steps. */
export interface HeldOutPerplexity {
  readonly step: number;
  readonly perplexity: number;
}

/** A run was too short if the perplexity fell by at least this share in its last quarter. */
const STILL_FALLING = 0.1;

/**
 * Decides whether the held-out perplexity was still falling at the end of a run.
 *
 * @returns the measurement before the last quarter and the last one, or undefined if the perplexity had levelled off
 */
export function stillFalling(
  measured: readonly HeldOutPerplexity[],
): readonly [HeldOutPerplexity, HeldOutPerplexity] | undefined {
  const last = measured.at(-1);
  const before = last && measured.findLast(({ step }) => step > 0 && step <= 0.75 * last.step);
  if (!before) return undefined;
  return last.perplexity < (1 - STILL_FALLING) * before.perplexity ? [before, last] : undefined;
}
