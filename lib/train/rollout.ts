import type { Exchange, ExchangeSample } from "../dialogue/exchange.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { FailurePolicy, ScoredSample } from "../reward/failure.ts";
import { scoreSample } from "../reward/failure.ts";
import type { Scorer } from "../reward/scorer.ts";
import type { PromptCursor } from "./cursor.ts";
import { customRewards, type RewardFunction } from "./custom-reward.ts";
import { drawSeed } from "./seeds.ts";

/** One sample of a step, ready for PPO. */
export interface RolloutSample extends ExchangeSample {
  readonly scored: ScoredSample;
  /** What PPO is given: child minus teacher score, or what the caller's own function says. */
  readonly reward: number;
}

/** A full batch and what it took. */
export interface Rollout {
  readonly samples: RolloutSample[];
  /** Samples left out in this step, by reason. */
  readonly dropped: Record<string, number>;
  /** Dialogues taken in place of those left out. */
  readonly retries: number;
  readonly seconds: { readonly child: number; readonly teacher: number; readonly score: number };
}

export interface RolloutParts {
  readonly exchange: Exchange;
  readonly scorer: Scorer;
  readonly cursor: PromptCursor;
  readonly batchSize: number;
  readonly seed: number;
  readonly failurePolicy: FailurePolicy;
  readonly reward?: RewardFunction | undefined;
}

/** Ten batches without a full one: the fault lies with the data or the teacher, not with bad luck. */
const MOST_ROUNDS = 10;

function reasonKey(reason: string): string {
  return reason.split(":")[0] ?? reason;
}

interface Attempt {
  readonly sample: ExchangeSample;
  readonly scored: ScoredSample;
}

function scoreAll(
  parts: RolloutParts,
  samples: readonly ExchangeSample[],
  dropped: Record<string, number>,
): Attempt[] {
  return samples.flatMap((sample) => {
    const { id, turns, speaker, human } = sample.prompt;
    const input = { id, turns, speaker, human, child: sample.child, teachers: sample.teachers };
    const scored = scoreSample(parts.scorer, input, parts.failurePolicy);
    if (!("dropped" in scored)) return [{ sample, scored }];
    const key = reasonKey(scored.dropped);
    dropped[key] = (dropped[key] ?? 0) + 1;
    return [];
  });
}

/**
 * Prompts, child turns, teacher turns and scores of one step. A sample that cannot be scored is replaced by the next
 * dialogue, so that the batch is full.
 *
 * @throws DialoguePpoError ERR_DATA when no batch can be filled, ERR_ABORTED
 */
export async function rollOut(parts: RolloutParts, step: number, signal?: AbortSignal): Promise<Rollout> {
  const seconds = { child: 0, teacher: 0, score: 0 };
  const dropped: Record<string, number> = {};
  const samples: RolloutSample[] = [];
  let drawn = 0;
  for (let round = 0; samples.length < parts.batchSize; round++) {
    if (round === MOST_ROUNDS) throw cannotFill(step, parts.batchSize, dropped);
    const first = drawn;
    const prompts = parts.cursor.take(parts.batchSize - samples.length);
    drawn += prompts.length;
    const exchanged = await parts.exchange.run(
      prompts,
      (sample, role, turn) => drawSeed(parts.seed, step, first + sample, role, turn),
      { signal, onPhase: (phase, time) => (seconds[phase] += time) },
    );
    const began = performance.now();
    const attempts = scoreAll(parts, exchanged, dropped);
    samples.push(...(await withRewards(parts, attempts, dropped)));
    seconds.score += (performance.now() - began) / 1000;
  }
  return { samples, dropped, retries: drawn - parts.batchSize, seconds };
}

/** The built-in reward, or the caller's for the same samples under the same failure policy. */
async function withRewards(
  parts: RolloutParts,
  attempts: readonly Attempt[],
  dropped: Record<string, number>,
): Promise<RolloutSample[]> {
  if (!parts.reward) {
    return attempts.map(({ sample, scored }) => ({ ...sample, scored, reward: scored.reward }));
  }
  const rewards = await customRewards(parts.reward, attempts, parts.failurePolicy);
  return attempts.flatMap(({ sample, scored }, index) => {
    const reward = rewards[index];
    if (reward !== undefined) return [{ ...sample, scored, reward }];
    const key = "the reward function gave no finite number";
    dropped[key] = (dropped[key] ?? 0) + 1;
    return [];
  });
}

function cannotFill(step: number, batchSize: number, dropped: Record<string, number>): DialoguePpoError {
  const why = Object.entries(dropped).map(([reason, count]) => `${formatCount(count, "time")} ${reason}`);
  return new DialoguePpoError(
    "ERR_DATA",
    `step ${step}: no batch of ${batchSize} could be filled in ${MOST_ROUNDS} attempts: ${why.join(", ")}`,
  );
}
