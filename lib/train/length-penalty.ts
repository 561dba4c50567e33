import { countWords } from "../data/dialogue.ts";
import { mean } from "../mean.ts";
import type { RolloutSample } from "./rollout.ts";

/** Samples after which an error of 100 % would have changed the coefficient by 1. */
const HORIZON = 800;
/**
 * Bound of the coefficient, for a target that cannot be reached. Where it can, a tenth suffices for rewards between -1
 * and 1.
 */
const LARGEST_COEFFICIENT = 1;
/**
 * A step counts at most this share of the target as its error, since a batch of few turns says little about the length.
 */
const LARGEST_ERROR = 0.5;

/** The scores that PPO gets, and the penalty's scalars of the step. */
export interface PenalizedScores {
  readonly scores: Float32Array;
  readonly stats: Readonly<Record<"dppo/length_coef" | "dppo/length_penalty_mean", number>>;
}

/** Returns a number, or the nearest one of at most a size. */
const within = (value: number, size: number): number => Math.min(Math.max(value, -size), size);

/**
 * A penalty on the words of a turn that keeps their mean at a target. The reward of a turn loses coefficient x (words /
 * target - 1). The coefficient grows while turns are longer than the target on average, and falls while they are
 * shorter. The controller of the KL penalty (Ziegler et al. 2019) multiplies its coefficient; this one adds to it, so
 * that it can fall below 0, where it favours longer turns.
 */
export class LengthPenalty {
  readonly #target: number;
  #coefficient: number;

  /**
   * @param target mean number of words of a turn
   * @param coefficient weight of the penalty, in units of the reward; that of the checkpoint when a run is resumed
   */
  constructor(target: number, coefficient = 0) {
    this.#target = target;
    this.#coefficient = coefficient;
  }

  /** Weight of the penalty, in units of the reward. */
  get coefficient(): number {
    return this.#coefficient;
  }

  /**
   * Returns the rewards of a batch less their penalties, and then adapts the coefficient to the length of its turns.
   */
  penalize(samples: readonly Pick<RolloutSample, "child" | "reward">[]): PenalizedScores {
    const excess = samples.map(({ child }) => countWords(child) / this.#target - 1);
    const penalties = excess.map((share) => this.#coefficient * share);
    const scores = Float32Array.from(samples, ({ reward }, at) => reward - (penalties[at] as number));
    const stats = { "dppo/length_coef": this.#coefficient, "dppo/length_penalty_mean": mean(penalties) };
    const error = within(mean(excess), LARGEST_ERROR);
    this.#coefficient = within(this.#coefficient + (error * samples.length) / HORIZON, LARGEST_COEFFICIENT);
    return { scores, stats };
  }
}
