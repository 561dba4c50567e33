import type { Prompt } from "../dialogue/prompt.ts";
import type { EvaluationSample } from "../run/evaluation.ts";
import { meanOfKnown } from "./compare.ts";
import type { MeasuredTurn } from "./measured-turn.ts";
import type { DrawnTurns } from "./turns.ts";

/** A dialogue with what was drawn for it and what that measured. */
export interface MeasuredDialogue {
  readonly prompt: Prompt;
  readonly before: DrawnTurns;
  readonly after: DrawnTurns;
  readonly measured: {
    readonly before: readonly MeasuredTurn[];
    readonly after: readonly MeasuredTurn[];
    /** Teacher turns of each sample, by whose turn they improve on. */
    readonly teacherBefore: readonly (readonly MeasuredTurn[])[];
    readonly teacherAfter: readonly (readonly MeasuredTurn[])[];
    readonly human: MeasuredTurn | undefined;
  };
}

/** Reward of one sample: child score minus the mean of its teacher's scores, or the child score without a teacher. */
export function computeReward(
  child: MeasuredTurn | undefined,
  teachers: readonly MeasuredTurn[],
): number | null {
  const own = child?.score ?? null;
  if (own === null || teachers.length === 0) return own;
  const theirs = meanOfKnown(teachers.map(({ score }) => score));
  return theirs === null ? null : own - theirs;
}

function toSample(dialogue: MeasuredDialogue, index: number): EvaluationSample & { reward: number | null } {
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
    reward: computeReward(measured.after[index], teachers),
  };
}

/** The samples with the highest and the lowest reward after training, one a dialogue. */
export function selectExtremes(
  dialogues: readonly MeasuredDialogue[],
  count: number,
): { best: EvaluationSample[]; worst: EvaluationSample[] } {
  const candidates = dialogues.map((dialogue) => {
    const samples = dialogue.after.child.map((_, index) => toSample(dialogue, index));
    return samples
      .filter(({ reward }) => reward !== null)
      .toSorted((a, b) => Number(a.reward) - Number(b.reward));
  });
  const order = (
    pick: (samples: (typeof candidates)[number]) => (typeof candidates)[number][number] | undefined,
  ) =>
    candidates
      .map(pick)
      .filter((sample) => sample !== undefined)
      .toSorted((a, b) => Number(a.reward) - Number(b.reward));
  const bare = ({ reward: _, ...sample }: EvaluationSample & { reward: number | null }): EvaluationSample =>
    sample;
  return {
    best: order((samples) => samples.at(-1))
      .slice(-count)
      .reverse()
      .map(bare),
    worst: order((samples) => samples[0])
      .slice(0, count)
      .map(bare),
  };
}
