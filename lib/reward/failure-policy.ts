import { DialoguePpoError } from "../errors.ts";
import type { Sample } from "../sample.ts";
import { type FailurePolicy, isFailure, type RewardFailure, type RewardResult } from "./reward.ts";

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
