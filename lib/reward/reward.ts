import { DialoguePpoError } from "../errors.ts";
import type { Sample, ScoredSample } from "../sample.ts";

/** The reward of one sample. */
export interface RewardResult {
  /** The reward, a finite number. */
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

/** The failure to reward a sample. */
export interface RewardFailure {
  /** Why the sample has no reward. */
  readonly reason: string;
}

/** What is known of a sample before its turns are generated. */
export type SamplePrompt = Pick<Sample, "id" | "turns" | "speaker" | "human">;

/** The scoring of one batch, which began before its turns were generated. */
export interface BatchScoring {
  /** Takes the child's turns, one per prompt in the same order, while the teacher still writes. */
  childTurns(turns: readonly string[]): void | Promise<void>;
  /**
   * Takes a turn of the teacher, and the place of its prompt, while the teacher still writes others. It should return
   * at once. Optional: `score` gets all turns.
   */
  teacherTurn?(prompt: number, turn: string): void | Promise<void>;
  /** Computes what {@link Reward.score} computes. A batch that is never scored costs nothing but the work begun. */
  score: Reward["score"];
}

/** Computes the rewards that PPO maximises. */
export interface Reward {
  /**
   * Whether the reward of a sample depends on this sample alone. Several processes that train together then score a
   * part of the batch each. Otherwise the first of them scores the whole batch. Default false.
   */
  readonly independent?: boolean;
  /**
   * Prefix of the parts in the log: `taaco` logs the part `lemma_ttr` as `taaco/lemma_ttr`. The prefixes of other
   * statistics, such as `env`, are refused.
   */
  readonly name: string;
  /**
   * Begins to score a batch whose turns are not generated yet, so that work on the prompts and on the child's turns is
   * done while the models write. Optional: without it, all work is done by `score`.
   *
   * @param prompts prompts of the batch, in the order of the samples
   * @param signal aborted when the run ends at once; the work should then stop
   */
  begin?(prompts: readonly SamplePrompt[], signal?: AbortSignal): BatchScoring | Promise<BatchScoring>;
  /**
   * Computes the reward of each sample of a batch.
   *
   * @param samples one dialogue each
   * @param signal aborted when the run ends at once; long work should then stop
   * @returns one result per sample, in the same order
   */
  score(samples: readonly Sample[], signal?: AbortSignal): Promise<readonly (RewardResult | RewardFailure)[]>;
}

/**
 * A reward as a plain function, which returns one finite number per sample, in the same order: as a list, a promise of
 * a list or a list of promises. A number that is not finite counts as a failure of that sample.
 */
export type RewardFunction = (
  samples: readonly Sample[],
  signal?: AbortSignal,
) => ArrayLike<number> | Promise<ArrayLike<number>> | readonly Promise<number>[];

/** Treatment of a sample without a reward: another dialogue replaces it, its reward is 0, or the run ends. */
export type FailurePolicy = "drop" | "zero" | "fail";

/** Returns whether there is no reward or score, but the reason why. */
export const isFailure = (result: object): result is RewardFailure => "reason" in result;

/** Returns the sample together with its reward. */
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

/**
 * Applies the failure policy to the result of one sample.
 *
 * @returns the result; a reward of 0 for a failure under `zero`; the failure itself under `drop`
 * @throws DialoguePpoError ERR_DATA for a failure under `fail`, naming the sample
 */
export function applyFailurePolicy(
  { id }: Pick<Sample, "id">,
  result: RewardResult | RewardFailure,
  policy: FailurePolicy,
): RewardResult | RewardFailure {
  if (!isFailure(result) || policy === "drop") return result;
  if (policy === "fail") throw new DialoguePpoError("ERR_DATA", `${id}: ${result.reason}`);
  return { reward: 0 };
}
