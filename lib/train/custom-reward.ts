import type { ExchangeSample } from "../dialogue/exchange.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { SpokenTurn } from "../reward/analyser.ts";
import type { FailurePolicy, ScoredSample } from "../reward/failure.ts";

/** What a reward function is given of one sample. */
export interface RewardSample {
  readonly id: string;
  /** What the child read. */
  readonly prompt: string;
  readonly turns: readonly SpokenTurn[];
  /** The child's turn. */
  readonly child: string;
  /** The teacher's turn, the first of several. */
  readonly teacher: string;
  /** The held-back turn, null when there is none. */
  readonly human: string | null;
  /** Composite scores in (0, 1); null where scoring failed. */
  readonly childScore: number | null;
  readonly teacherScore: number | null;
}

/** A caller's own reward: one finite number a sample, in their order. */
export type RewardFunction = (
  samples: readonly RewardSample[],
) => ArrayLike<number> | Promise<ArrayLike<number>>;

export function rewardSample(sample: ExchangeSample, scored: ScoredSample): RewardSample {
  const { id, text, turns, human } = sample.prompt;
  return {
    id,
    prompt: text,
    turns,
    child: sample.child,
    teacher: sample.teachers[0] ?? "",
    human,
    childScore: scored.child?.value ?? null,
    teacherScore: scored.teacherScore ?? null,
  };
}

/**
 * Calls the reward function and applies the failure policy to numbers that are not finite.
 *
 * @returns one reward a sample; undefined for one to leave out
 * @throws DialoguePpoError ERR_CONFIG for a wrong number of rewards, ERR_DATA under policy `fail`
 */
export async function customRewards(
  reward: RewardFunction,
  attempts: readonly { readonly sample: ExchangeSample; readonly scored: ScoredSample }[],
  policy: FailurePolicy,
): Promise<(number | undefined)[]> {
  if (attempts.length === 0) return [];
  const samples = attempts.map(({ sample, scored }) => rewardSample(sample, scored));
  const rewards = await reward(samples);
  if (rewards?.length !== samples.length) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `the reward function gave ${rewards?.length ?? "no"} rewards for ${formatCount(samples.length, "sample")}`,
    );
  }
  return samples.map(({ id }, index) => {
    const value = rewards[index];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (policy === "fail") {
      throw new DialoguePpoError(
        "ERR_DATA",
        `${id}: the reward function gave ${value}, expected a finite number`,
      );
    }
    return policy === "zero" ? 0 : undefined;
  });
}
