import type { PretrainConfig } from "./config.ts";

/** Part of the highest rate that is left at the end. */
const LEAST = 0.1;

/** Steps after which a run that is given only minutes knows its pace. */
export const PACE_STEPS = 12;

// Leaves room for the last measurement and for saving.
const USABLE = 0.94;

export const EVALUATIONS = 20;

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
  const { learningRate, warmupSteps } = config;
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
