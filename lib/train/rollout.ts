import type { Exchange, ExchangeSample } from "../dialogue/exchange.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import {
  applyFailurePolicy,
  type FailurePolicy,
  isFailure,
  type Reward,
  withReward,
} from "../reward/reward.ts";
import type { ScoredSample } from "../sample.ts";
import type { PromptCursor } from "./cursor.ts";
import { drawSeed } from "./seeds.ts";

/** A sample of a step, ready for PPO. */
export type RolloutSample = ExchangeSample & ScoredSample;

/** A full batch, and the time it took. */
export interface Rollout {
  readonly samples: RolloutSample[];
  /** Number of samples left out in this step, by reason. */
  readonly dropped: Record<string, number>;
  /** Number of dialogues that replaced samples left out. */
  readonly retries: number;
  readonly seconds: { readonly child: number; readonly teacher: number; readonly score: number };
}

/** What a rollout needs. */
export interface RolloutParts {
  readonly exchange: Exchange;
  readonly reward: Reward;
  readonly cursor: PromptCursor;
  readonly batchSize: number;
  readonly seed: number;
  readonly failurePolicy: FailurePolicy;
}

/** After ten batches with gaps, the data or the teacher is at fault, not bad luck. */
const MOST_ROUNDS = 10;

/** Reasons differ after their colon, in the text that could not be scored. */
function reasonKey(reason: string): string {
  return reason.split(":")[0] ?? reason;
}

/** Rewards the samples; those that have no reward are counted in `dropped` and left out. */
async function rewardSamples(
  { reward, failurePolicy }: RolloutParts,
  samples: readonly ExchangeSample[],
  dropped: Record<string, number>,
  signal: AbortSignal | undefined,
): Promise<RolloutSample[]> {
  const results = await reward.score(samples, signal);
  if (results.length !== samples.length) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `the reward gave ${results.length} results for ${formatCount(samples.length, "sample")}`,
    );
  }
  const kept: RolloutSample[] = [];
  for (const [index, sample] of samples.entries()) {
    const result = applyFailurePolicy(sample, results[index] as (typeof results)[number], failurePolicy);
    if (isFailure(result)) {
      const key = reasonKey(result.reason);
      dropped[key] = (dropped[key] ?? 0) + 1;
    } else {
      kept.push(withReward(sample, result));
    }
  }
  return kept;
}

/**
 * Collects one batch: prompts, turns of child and teacher, rewards. The next dialogue replaces a sample without a reward,
 * so that the batch is full.
 *
 * @throws DialoguePpoError ERR_DATA when no batch can be filled, ERR_ABORTED
 */
export async function collectRollout(
  parts: RolloutParts,
  step: number,
  signal?: AbortSignal,
): Promise<Rollout> {
  const { exchange, cursor, batchSize, seed } = parts;
  const seconds = { child: 0, teacher: 0, score: 0 };
  const dropped: Record<string, number> = {};
  const samples: RolloutSample[] = [];
  let drawn = 0;
  for (let round = 0; samples.length < batchSize; round++) {
    if (round === MOST_ROUNDS) throw cannotFill(step, batchSize, dropped);
    const first = drawn;
    const prompts = cursor.take(batchSize - samples.length);
    drawn += prompts.length;
    const exchanged = await exchange.run(
      prompts,
      (sample, role, turn) => drawSeed(seed, step, first + sample, role, turn),
      { signal, onPhase: (phase, time) => (seconds[phase] += time) },
    );
    const began = performance.now();
    samples.push(...(await rewardSamples(parts, exchanged, dropped, signal)));
    seconds.score += (performance.now() - began) / 1000;
  }
  return { samples, dropped, retries: drawn - batchSize, seconds };
}

function cannotFill(step: number, batchSize: number, dropped: Record<string, number>): DialoguePpoError {
  const why = Object.entries(dropped).map(([reason, count]) => `${formatCount(count, "time")} ${reason}`);
  return new DialoguePpoError(
    "ERR_DATA",
    `step ${step}: no batch of ${batchSize} could be filled in ${MOST_ROUNDS} attempts: ${why.join(", ")}`,
  );
}
