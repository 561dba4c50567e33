import type { Exchange, ExchangeCall, ExchangeSample, SeedFunction } from "../dialogue/exchange.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import { Group } from "../group/group.ts";
import { copyPrompts, copySamples } from "../reward/copies.ts";
import {
  applyFailurePolicy,
  type BatchScoring,
  type FailurePolicy,
  isFailure,
  type Reward,
  type RewardFailure,
  type RewardResult,
  withReward,
} from "../reward/reward.ts";
import { checkResults, checkScoring } from "../reward/reward-output.ts";
import type { ScoredSample } from "../sample.ts";
import type { PromptCursor } from "./cursor.ts";
import { callWithin, Deadline, type WaitLimit } from "./deadline.ts";
import { drawSeed } from "./seeds.ts";

/** A sample of a step, ready for PPO. */
export type RolloutSample = ExchangeSample & ScoredSample;

/** A full batch of samples, and the time that it took. */
export interface Rollout {
  readonly samples: RolloutSample[];
  /** Number of samples left out in this step, by reason. */
  readonly dropped: Record<string, number>;
  /** Number of dialogues that replaced samples left out. */
  readonly retries: number;
  /**
   * Wall-clock time to generate the turns of the child, those of the teacher, and from then until all rewards are
   * known. What the reward computes while the models write is not in `score`.
   */
  readonly seconds: { readonly child: number; readonly teacher: number; readonly score: number };
}

/** Models, reward and settings of rewarded turns. */
interface TurnParts {
  /** The processes that share the work. Default: this process alone. */
  readonly group?: Group;
  readonly exchange: Exchange;
  readonly reward: Reward;
  readonly failurePolicy: FailurePolicy;
  /** Longest time in seconds that the reward of a batch may take. Default: no limit. */
  readonly rewardTimeout?: number | undefined;
  /** Longest time in seconds that the teacher's turns of a batch may take. Default: no limit. */
  readonly teacherTimeout?: number | undefined;
}

/** What a rollout needs besides: where its prompts come from, and how many samples it has. */
export interface RolloutParts extends TurnParts {
  readonly cursor: PromptCursor;
  readonly batchSize: number;
  readonly seed: number;
}

/** After ten rounds that leave gaps in the batch, the cause is in the data or the models, and the run ends. */
const MOST_ROUNDS = 10;

// What follows the colon differs from sample to sample, so reasons are counted by the part before it.
function reasonKey(reason: string): string {
  return reason.split(":")[0] ?? reason;
}

/**
 * Returns the error to throw after the teacher failed. That its numbers are not finite is not the fault of the
 * training.
 */
function teacherError(error: unknown): unknown {
  const lost = error instanceof DialoguePpoError && error.code === "ERR_INTERNAL";
  if (!lost) return error;
  return new DialoguePpoError("ERR_MODEL", `the teacher failed: ${error.message}; pass another --teacher`, {
    cause: error,
  });
}

/** Generates the turns of a batch. The teacher's time is limited, which begins when the child's turns are complete. */
async function exchangeTurns(
  { exchange, teacherTimeout: seconds }: Pick<TurnParts, "exchange" | "teacherTimeout">,
  prompts: readonly Prompt[],
  seedFor: SeedFunction,
  { signal, onPhase, ...call }: ExchangeCall,
): Promise<ExchangeSample[]> {
  const deadline = new Deadline({ what: "the teacher", option: "--teacher-timeout", seconds, signal });
  let childDone = false;
  try {
    return await exchange.run(prompts, seedFor, {
      ...call,
      signal: deadline.signal,
      onPhase: (phase, time) => {
        childDone = true;
        if (phase === "child") deadline.start();
        onPhase?.(phase, time);
      },
    });
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.error;
    throw childDone ? teacherError(error) : error;
  } finally {
    deadline.stop();
  }
}

const rewardLimit = (seconds: number | undefined, signal: AbortSignal | undefined): WaitLimit => ({
  what: "the reward",
  option: "--reward-timeout",
  seconds,
  signal,
});

type Results = readonly (RewardResult | RewardFailure)[];

/** Computes the reward of each sample, and checks what the reward gave. */
async function scoreSamples(
  reward: Pick<Reward, "score">,
  { rewardTimeout: seconds }: Pick<TurnParts, "rewardTimeout">,
  samples: readonly ExchangeSample[],
  signal: AbortSignal | undefined,
): Promise<Results> {
  if (samples.length === 0) return [];
  const results = await callWithin(rewardLimit(seconds, signal), async (ended) =>
    reward.score(copySamples(samples), ended),
  );
  return checkResults(results, samples);
}

/** Lets a reward that can do so begin before the turns are generated. */
async function beginScoring(
  { reward, rewardTimeout: seconds }: Pick<TurnParts, "reward" | "rewardTimeout">,
  prompts: readonly Prompt[],
  signal: AbortSignal | undefined,
): Promise<BatchScoring | undefined> {
  if (reward.begin === undefined) return undefined;
  const scoring = await callWithin(rewardLimit(seconds, signal), async () =>
    reward.begin?.(copyPrompts(prompts), signal),
  );
  if (scoring !== undefined) checkScoring(scoring);
  return scoring;
}

/** Turns with their rewards, and the seconds from the last turn until all rewards are known. */
interface ScoredTurns {
  readonly samples: ExchangeSample[];
  readonly results: Results;
  readonly seconds: number;
}

/**
 * Generates the turns of a batch and computes their rewards. Each process generates the turns of its part of the
 * prompts, and scores them if the reward of a sample does not depend on the others.
 */
async function exchangeAndScore(
  parts: TurnParts,
  prompts: readonly Prompt[],
  seedFor: SeedFunction,
  { signal, onPhase }: Pick<ExchangeCall, "signal" | "onPhase">,
): Promise<ScoredTurns> {
  const { reward, group = Group.alone } = parts;
  const { own, first } = group.share(prompts);
  const isShared = group.size === 1 || reward.independent === true;
  const scoring = isShared ? await beginScoring(parts, own, signal) : undefined;
  const turns =
    own.length === 0
      ? []
      : await exchangeTurns(parts, own, (sample, role, turn) => seedFor(first + sample, role, turn), {
          signal,
          onPhase,
          onChildTurns:
            scoring &&
            ((texts) =>
              callWithin(rewardLimit(parts.rewardTimeout, signal), async () =>
                scoring.childTurns([...texts]),
              )),
          onTeacherTurn: scoring?.teacherTurn?.bind(scoring),
        });
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  if (isShared) {
    const results = await scoreSamples(scoring ?? reward, parts, turns, signal);
    const all = await group.allGather({ turns, results });
    return {
      samples: all.flatMap((part) => part.turns),
      results: all.flatMap((part) => part.results),
      seconds: seconds(),
    };
  }
  const samples = (await group.allGather(turns)).flat();
  const results = await group.fromFirst(() => scoreSamples(reward, parts, samples, signal));
  return { samples, results, seconds: seconds() };
}

/** Returns the samples with their rewards. A sample without a reward is counted in `dropped` and left out. */
function keepRewarded(
  { samples, results }: ScoredTurns,
  policy: FailurePolicy,
  dropped: Record<string, number>,
): RolloutSample[] {
  const kept: RolloutSample[] = [];
  for (const [index, sample] of samples.entries()) {
    const result = applyFailurePolicy(sample, results[index] as RewardResult | RewardFailure, policy);
    if (isFailure(result)) {
      const key = reasonKey(result.reason);
      dropped[key] = (dropped[key] ?? 0) + 1;
    } else {
      kept.push(withReward(sample, result));
    }
  }
  return kept;
}

/** Generates the turns of prompts and rewards them. A sample without a reward is left out. */
export async function rewardedTurns(
  parts: TurnParts,
  prompts: readonly Prompt[],
  seedFor: SeedFunction,
  signal: AbortSignal | undefined,
): Promise<RolloutSample[]> {
  return keepRewarded(await exchangeAndScore(parts, prompts, seedFor, { signal }), parts.failurePolicy, {});
}

/**
 * Collects one batch: prompts, turns of child and teacher, and rewards. A sample without a reward is replaced by the
 * next dialogue, so that the batch is always full.
 *
 * @param step number of the step, on which the seeds of the turns depend
 * @throws DialoguePpoError ERR_DATA when no batch can be filled, ERR_TIMEOUT, ERR_ABORTED
 */
export async function collectRollout(
  parts: RolloutParts,
  step: number,
  signal?: AbortSignal,
): Promise<Rollout> {
  const { cursor, batchSize, seed, failurePolicy } = parts;
  const seconds = { child: 0, teacher: 0, score: 0 };
  const dropped: Record<string, number> = {};
  const samples: RolloutSample[] = [];
  let drawn = 0;
  for (let round = 0; samples.length < batchSize; round++) {
    if (round === MOST_ROUNDS) throw cannotFill(step, batchSize, dropped);
    const first = drawn;
    const prompts = cursor.take(batchSize - samples.length);
    drawn += prompts.length;
    const scored = await exchangeAndScore(
      parts,
      prompts,
      (sample, role, turn) => drawSeed(seed, step, first + sample, role, turn),
      { signal, onPhase: (phase, time) => (seconds[phase] += time) },
    );
    samples.push(...keepRewarded(scored, failurePolicy, dropped));
    seconds.score += scored.seconds;
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
