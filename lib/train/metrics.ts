import { countWords } from "../data/dialogue.ts";
import type { PpoStepResult } from "../model/ppo-trainer.ts";
import { finiteOrNull } from "../run/log-file.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { Rollout, RolloutSample } from "./rollout.ts";

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Unbiased, as torch.std; NaN for one value. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

const known = (values: readonly (number | null | undefined)[]): number[] =>
  values.filter((value) => typeof value === "number");

/** Means of the raw index values behind the child's scores: every component of the reward is in the log. */
function indexMeans(samples: readonly RolloutSample[]): Record<string, number> {
  const byName = new Map<string, number[]>();
  for (const { scored } of samples) {
    for (const [name, { value }] of Object.entries(scored.child?.parts ?? {})) {
      if (value !== null) byName.set(name, [...(byName.get(name) ?? []), value]);
    }
  }
  return Object.fromEntries([...byName].map(([name, values]) => [`taaco/${name}`, mean(values)]));
}

function sampleStatistics(samples: readonly RolloutSample[]): Record<string, number> {
  const rewards = samples.map(({ reward }) => reward);
  const child = known(samples.map(({ scored }) => scored.child?.value));
  const teacher = known(samples.map(({ scored }) => scored.teacherScore));
  const human = known(samples.map(({ scored }) => scored.human?.value));
  return {
    "env/reward_mean": mean(rewards),
    "env/reward_std": deviation(rewards),
    "dppo/child_score_mean": mean(child),
    "dppo/child_score_std": deviation(child),
    "dppo/teacher_score_mean": mean(teacher),
    "dppo/teacher_score_std": deviation(teacher),
    ...(human.length > 0 ? { "dppo/human_score_mean": mean(human) } : {}),
    "dppo/ended_share": mean(samples.map(({ ended }) => (ended ? 1 : 0))),
    "dppo/child_words_mean": mean(samples.map(({ child }) => countWords(child))),
    ...indexMeans(samples),
  };
}

/** Every scalar of a step: TRL's under its names, ours under `dppo/`, `taaco/` and `time/`. */
export function stepStatistics(
  rollout: Rollout,
  update: PpoStepResult,
  epoch: number,
  seconds: number,
): Record<string, number> {
  const { samples, seconds: times } = rollout;
  const tokens = samples.reduce((sum, { childIds }) => sum + childIds.length, 0);
  return {
    ...update.stats,
    ...sampleStatistics(samples),
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

/** A line of training_log.jsonl. */
export function stepLog(step: number, stats: Record<string, number>): StepLog {
  return { step, time: new Date().toISOString(), ...finiteOrNull(stats) };
}

/** A line of samples.jsonl. */
export function sampleRecord(step: number, sample: RolloutSample): SampleRecord {
  const { prompt, child, teachers, scored, reward } = sample;
  const parts = Object.entries(scored.child?.parts ?? {}).map(([name, { value }]) => [name, value] as const);
  return {
    step,
    id: prompt.id,
    turns: prompt.turns,
    child,
    teacher: teachers[0] ?? "",
    human: prompt.human,
    childScore: scored.child?.value ?? null,
    teacherScore: scored.teacherScore ?? null,
    reward,
    childParts: Object.fromEntries(parts),
  };
}
