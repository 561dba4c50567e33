import { countWords } from "../data/dialogue.ts";
import { repetition } from "../data/repetition.ts";
import { mean, standardDeviation } from "../mean.ts";
import type { PpoStepResult } from "../model/ppo-trainer.ts";
import { copyTurns } from "../reward/copies.ts";
import { finiteOrNull } from "../run/log-file.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { Rollout, RolloutSample } from "./rollout.ts";

/** Returns the means of the reward's parts over the samples that have them, with `prefix` before their names. */
function partMeans(samples: readonly RolloutSample[], prefix: string): Record<string, number> {
  const byName = new Map<string, number[]>();
  for (const { childParts } of samples) {
    for (const [name, value] of Object.entries(childParts)) {
      if (typeof value === "number") byName.set(name, [...(byName.get(name) ?? []), value]);
    }
  }
  return Object.fromEntries([...byName].map(([name, values]) => [`${prefix}/${name}`, mean(values)]));
}

/** Returns mean and deviation of a score; an empty object when no sample has it, as with a custom reward. */
function scoreStatistics(name: string, scores: readonly (number | null)[]): Record<string, number> {
  const known = scores.filter((score) => score !== null);
  if (known.length === 0) return {};
  return { [`dppo/${name}_mean`]: mean(known), [`dppo/${name}_std`]: standardDeviation(known) };
}

function sampleStatistics(samples: readonly RolloutSample[], rewardName: string): Record<string, number> {
  const rewards = samples.map(({ reward }) => reward);
  const repetitions = samples.map(({ child }) => repetition(child)).filter((share) => share !== null);
  const human = samples.map(({ humanScore }) => humanScore).filter((score) => score !== null);
  return {
    "env/reward_mean": mean(rewards),
    "env/reward_std": standardDeviation(rewards),
    ...scoreStatistics(
      "child_score",
      samples.map(({ childScore }) => childScore),
    ),
    ...scoreStatistics(
      "teacher_score",
      samples.map(({ teacherScore }) => teacherScore),
    ),
    ...(human.length > 0 ? { "dppo/human_score_mean": mean(human) } : {}),
    "dppo/ended_share": mean(samples.map(({ ended }) => (ended ? 1 : 0))),
    "dppo/child_words_mean": mean(samples.map(({ child }) => countWords(child))),
    ...(repetitions.length > 0 ? { "dppo/repetition_mean": mean(repetitions) } : {}),
    ...partMeans(samples, rewardName),
  };
}

/** The data from which the statistics of a step are computed. */
export interface StepMeasurements {
  readonly rollout: Rollout;
  readonly update: PpoStepResult;
  /** Name of the reward, which comes before the names of its parts. */
  readonly rewardName: string;
  /** Number of finished passes over the data. */
  readonly epoch: number;
  /** Wall-clock time of the step. */
  readonly seconds: number;
}

/** Returns every scalar of a step: TRL's under their names, others under `dppo/`, `time/` and the reward's name. */
export function stepStatistics(measurements: StepMeasurements): Record<string, number> {
  const { rollout, update, rewardName, epoch, seconds } = measurements;
  const { samples, seconds: times } = rollout;
  const tokens = samples.reduce((sum, { childIds }) => sum + childIds.length, 0);
  return {
    ...update.stats,
    ...sampleStatistics(samples, rewardName),
    "dppo/dropped": Object.values(rollout.dropped).reduce((sum, count) => sum + count, 0),
    "dppo/epoch": epoch,
    "dppo/tokens_per_second": tokens / times.child,
    "dppo/peak_memory_gib": process.resourceUsage().maxRSS / 2 ** 20,
    "time/generate": times.child,
    "time/teacher": times.teacher,
    "time/score": times.score,
    "time/step": seconds,
  };
}

/** Makes a line of training_log.jsonl. */
export function stepLog(step: number, stats: Record<string, number>): StepLog {
  return { step, time: new Date().toISOString(), ...finiteOrNull(stats) };
}

/** Makes a line of samples.jsonl. */
export function sampleRecord(step: number, sample: RolloutSample): SampleRecord {
  const { id, turns, child, teacher, human, childScore, teacherScore, reward, childParts } = sample;
  const scores = { childScore, teacherScore, reward, childParts };
  return { step, id, turns: copyTurns(turns), child, teacher, human, ...scores };
}
