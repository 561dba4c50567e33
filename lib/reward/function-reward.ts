import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Sample } from "../sample.ts";
import { describeValue } from "../values.ts";
import type { Reward, RewardFailure, RewardFunction, RewardResult } from "./reward.ts";
import { isUsableReward } from "./reward-output.ts";

/** The reward that a plain function computes. */
export class FunctionReward implements Reward {
  readonly name = "reward";
  readonly #compute: RewardFunction;

  constructor(compute: RewardFunction) {
    this.#compute = compute;
  }

  /**
   * Returns the rewards that the function computes; a number that is not finite is a failure.
   * @throws DialoguePpoError ERR_CONFIG when the function returns a wrong number of rewards
   */
  async score(samples: readonly Sample[], signal?: AbortSignal): Promise<(RewardResult | RewardFailure)[]> {
    // The function may take samples out of the list.
    const { length } = samples;
    const rewards = await this.#compute(samples, signal);
    if (rewards?.length !== length) {
      const given = rewards?.length === undefined ? "no rewards" : formatCount(rewards.length, "reward");
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `the reward function gave ${given} for ${formatCount(length, "sample")}`,
      );
    }
    return (await Promise.all(Array.from<number | Promise<number>>(rewards))).map((reward) =>
      isUsableReward(reward)
        ? { reward }
        : { reason: `the reward function gave ${describeValue(reward)}, expected a finite number` },
    );
  }
}
