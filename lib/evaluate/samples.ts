import type { Prompt } from "../dialogue/prompt.ts";
import { rewardOf } from "../reward/taaco-reward.ts";
import type { EvaluationSample } from "../run/evaluation.ts";
import type { MeasuredTurn } from "./measured-turn.ts";
import type { DrawnTurns } from "./turns.ts";

/** A dialogue with the turns that were generated for it and their measures. */
export interface MeasuredDialogue {
  readonly prompt: Prompt;
  readonly before: DrawnTurns;
  readonly after: DrawnTurns;
  readonly measured: {
    readonly before: readonly MeasuredTurn[];
    readonly after: readonly MeasuredTurn[];
    /** For each sample, the teacher's versions of the turn before training. */
    readonly teacherBefore: readonly (readonly MeasuredTurn[])[];
    /** For each sample, the teacher's versions of the turn after training. */
    readonly teacherAfter: readonly (readonly MeasuredTurn[])[];
    /** The turn in the data; undefined when there is none. */
    readonly human: MeasuredTurn | undefined;
  };
}

/**
 * Computes the reward of one sample.
 * @returns null when the child's turn, or every turn of the teacher, has no score
 */
export function computeReward(
  child: MeasuredTurn | undefined,
  teachers: readonly MeasuredTurn[],
): number | null {
  const childScore = child?.score ?? null;
  const teacherScores = teachers.map(({ score }) => score).filter((score) => score !== null);
  if (childScore === null || (teachers.length > 0 && teacherScores.length === 0)) return null;
  return rewardOf(childScore, teacherScores);
}

function toSample(dialogue: MeasuredDialogue, index: number): EvaluationSample {
  const { prompt, before, after, measured } = dialogue;
  const teachers = measured.teacherAfter[index] ?? [];
  return {
    id: prompt.id,
    turns: prompt.turns,
    before: before.child[index] ?? "",
    after: after.child[index] ?? "",
    teacher: after.teachers[index]?.[0] ?? null,
    human: prompt.human,
    scores: {
      before: measured.before[index]?.score ?? null,
      after: measured.after[index]?.score ?? null,
      teacher: teachers[0]?.score ?? null,
      human: measured.human?.score ?? null,
    },
    guards: {
      before: measured.before[index]?.guards ?? [],
      after: measured.after[index]?.guards ?? [],
      teacher: teachers[0]?.guards ?? [],
      human: measured.human?.guards ?? [],
    },
    reward: computeReward(measured.after[index], teachers),
  };
}

const byReward = (a: EvaluationSample, b: EvaluationSample): number => Number(a.reward) - Number(b.reward);

/** Returns the samples with the highest and the lowest reward after training, at most one of each per dialogue. */
export function selectExtremes(
  dialogues: readonly MeasuredDialogue[],
  count: number,
): { best: EvaluationSample[]; worst: EvaluationSample[] } {
  const ranked = dialogues.map((dialogue) =>
    dialogue.after.child
      .map((_, index) => toSample(dialogue, index))
      .filter(({ reward }) => reward !== null)
      .toSorted(byReward),
  );
  const best = ranked.flatMap((samples) => samples.slice(-1)).toSorted(byReward);
  const worst = ranked.flatMap((samples) => samples.slice(0, 1)).toSorted(byReward);
  return {
    best: best.slice(-count).reverse(),
    worst: worst.slice(0, count),
  };
}
