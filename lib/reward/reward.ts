import type { Sample, ScoredSample } from "../sample.ts";

/** The reward of one sample. */
export interface RewardResult {
  /** Finite. */
  readonly reward: number;
  /** Named numbers behind the reward; their means are logged under the reward's name. */
  readonly parts?: Readonly<Record<string, number | null>>;
  /** Scores that the reward compares, for the log and the report. */
  readonly scores?: {
    readonly child?: number | undefined;
    readonly teacher?: number | undefined;
    readonly human?: number | undefined;
  };
}

/** Why a sample has no reward. */
export interface RewardFailure {
  readonly reason: string;
}

/** Gives each sample of a batch a number, or says why it has none. */
export interface Reward {
  /** Prefix of the parts in the log: `taaco` logs the part `lemma_ttr` as `taaco/lemma_ttr`. */
  readonly name: string;
  /**
   * Scores a batch.
   *
   * @param samples one dialogue each
   * @param signal aborted when the run ends at once; long work should stop
   * @returns one result a sample, in the same order
   */
  score(samples: readonly Sample[], signal?: AbortSignal): Promise<readonly (RewardResult | RewardFailure)[]>;
}

/**
 * A reward as a plain function: one finite number a sample, in the same order. A number that is not finite counts as a
 * failure of that sample.
 */
export type RewardFunction = (
  samples: readonly Sample[],
  signal?: AbortSignal,
) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** What happens to a sample without a reward: another dialogue replaces it, it gets 0, or the run ends. */
export type FailurePolicy = "drop" | "zero" | "fail";

/** Returns whether the reward of a sample is missing. */
export const isFailure = (result: RewardResult | RewardFailure): result is RewardFailure =>
  "reason" in result;

/** Joins a sample and its reward. */
export function withReward<T extends Sample>(sample: T, result: RewardResult): T & ScoredSample {
  const { reward, parts = {}, scores = {} } = result;
  return {
    ...sample,
    reward,
    childScore: scores.child ?? null,
    teacherScore: scores.teacher ?? null,
    humanScore: scores.human ?? null,
    childParts: parts,
  };
}
