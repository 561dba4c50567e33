import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Sample } from "../sample.ts";
import { describeValue } from "../values.ts";
import {
  type BatchScoring,
  isFailure,
  type Reward,
  type RewardFailure,
  type RewardResult,
} from "./reward.ts";

// Checks of what a reward gives. A program can pass a reward of its own, which no compiler may have checked.

/** Returns whether PPO can learn from a value. It computes in single precision, in which 1e39 is infinite. */
export const isUsableReward = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(Math.fround(value));

/** Beginnings of the statistics of TRL and of this package. */
const RESERVED_NAMES = ["dppo", "env", "eval", "objective", "ppo", "time", "tokens"];

/**
 * Checks the name of a reward, which comes before the names of its parts in the log: a part must not take the place of
 * another statistic.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkRewardName({ name }: Pick<Reward, "name">): void {
  const [start = ""] = name.split("/");
  if (!RESERVED_NAMES.includes(start)) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `reward: the name ${JSON.stringify(name)} is taken by other statistics (${start}/...); expected another name`,
  );
}

/** Returns whether a value is a set of named numbers or nulls, or is absent. */
function areNumbers(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => one === null || one === undefined || typeof one === "number");
}

function wrongOutput(what: string): DialoguePpoError {
  return new DialoguePpoError("ERR_CONFIG", `the reward gave ${what}`);
}

/**
 * Returns what a reward gave for a sample. A reward that is not a finite number is a failure.
 * @throws DialoguePpoError ERR_CONFIG when something else than the reward is of a wrong type
 */
function checkResult(result: RewardResult | RewardFailure | null | undefined): RewardResult | RewardFailure {
  if (typeof result !== "object" || result === null) {
    return { reason: `the reward gave ${describeValue(result)} for a sample` };
  }
  if (isFailure(result)) {
    if (typeof result.reason === "string" && result.reason !== "") return result;
    throw wrongOutput(`${describeValue(result.reason)} as the reason of a failure, expected text`);
  }
  const { reward, parts, scores } = result;
  for (const [name, value] of Object.entries({ parts, scores })) {
    if (!areNumbers(value)) throw wrongOutput(`${name} that are no object of named numbers`);
  }
  if (isUsableReward(reward)) return result;
  return { reason: `the reward gave ${describeValue(reward)}, expected a finite number` };
}

/**
 * Returns what a reward gave for the samples of a batch.
 * @throws DialoguePpoError ERR_CONFIG when there is not one result per sample, or one is of a wrong type
 */
export function checkResults(results: unknown, samples: readonly Sample[]): (RewardResult | RewardFailure)[] {
  if (!Array.isArray(results)) throw wrongOutput(`${describeValue(results)}, expected a list of results`);
  if (results.length !== samples.length) {
    throw wrongOutput(`${results.length} results for ${formatCount(samples.length, "sample")}`);
  }
  return samples.map((_, index) => checkResult(results[index]));
}

/**
 * Checks what a reward's `begin` gave.
 * @throws DialoguePpoError ERR_CONFIG when it cannot score the batch
 */
export function checkScoring(scoring: BatchScoring): void {
  const functions: Partial<BatchScoring> = Object(scoring);
  const { childTurns, score, teacherTurn = () => {} } = functions;
  if ([childTurns, score, teacherTurn].every((one) => typeof one === "function")) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `the reward's begin gave ${describeValue(scoring)}, expected an object with the functions childTurns and score, and teacherTurn if it takes turns one by one`,
  );
}
