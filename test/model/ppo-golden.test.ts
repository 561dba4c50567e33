import { describe, expect, it } from "vitest";
import type { PpoOptions } from "../../lib/model/ppo-trainer.ts";
import { within } from "../golden/compare.ts";
import {
  arrayDeviation,
  caseNames,
  changeDeviation,
  readCase,
  runCase,
  scalarDeviation,
} from "./ppo-case.ts";

const FIRST_STEP = 2e-5;
const LATER_STEPS = 2e-3;
const WEIGHTS = 1e-3;

/** A wrong value for the option that a case tests. Cases that are not listed get a wrong discount. */
const PERTURBATIONS: Record<string, PpoOptions> = {
  left_padding: { padSide: "right", gamma: 0.99 },
  accumulation: { gradientAccumulationSteps: 1 },
  minibatch_1: { miniBatchSize: 2 },
  kl_abs: { klPenalty: "mse" },
  kl_mse: { klPenalty: "kl" },
  kl_full: { klPenalty: "kl" },
  kl_full_left: { klPenalty: "abs" },
  fixed_control: { adapKlCtrl: true, horizon: 10 },
  adaptive_control: { horizon: 21 },
  discounted: { lam: 0.72 },
  tight_clipping: { cliprangeValue: 0.025 },
  score_scaling: { useScoreScaling: false },
  score_norm: { useScoreNorm: false },
  score_clip: { scoreClip: 0.55 },
  whiten_rewards: { trlParity: false },
  whiten_rewards_left: { whitenRewards: false },
  early_stopping: { targetKl: 100 },
  ratio_threshold: { trlParity: false },
  clip_every_step: { clipOnce: true },
  clip_once: { clipOnce: false },
  linear_schedule: { totalSteps: 5 },
  cosine_schedule: { lrSchedule: "linear" },
  adamw: { weightDecay: 0.2 },
};

async function deviations(name: string, changes?: PpoOptions) {
  const golden = readCase(name);
  const { results, change } = await runCase(golden, changes);
  const perStep = results.map((result, i) => {
    const step = golden.steps[i];
    return step ? Math.max(scalarDeviation(result, step), arrayDeviation(result, golden, i)) : Number.NaN;
  });
  return {
    first: perStep[0] ?? Number.NaN,
    later: Math.max(...perStep.slice(1)),
    weights: changeDeviation(golden, change),
  };
}

describe("PpoTrainer.step equals TRL's PPOTrainer", () => {
  it("covers at least 30 configurations", () => {
    expect(caseNames.length).toBeGreaterThanOrEqual(30);
    expect(Object.keys(PERTURBATIONS).filter((name) => !caseNames.includes(name))).toEqual([]);
  });

  it.each(caseNames)("%s", async (name) => {
    const found = await deviations(name);
    within(`PPO ${name}: first step`, found.first, FIRST_STEP);
    within(`PPO ${name}: steps 2 and 3`, found.later, LATER_STEPS);
    within(`PPO ${name}: change of the weights`, found.weights, WEIGHTS);
  });

  it.each(caseNames)("%s notices a wrong option", async (name) => {
    const found = await deviations(name, PERTURBATIONS[name] ?? { gamma: 0.98 });
    const agrees = found.first <= FIRST_STEP && found.later <= LATER_STEPS && found.weights <= WEIGHTS;
    expect(agrees).toBe(false);
  });
});
