import { type Baselines, type Comparison, type EvaluationRecord, isClear } from "./evaluation.ts";

/** A note appears when turns are this many times as long as human turns, or human turns as long as them. */
const LENGTH_RATIO = 2;

const threeDecimals = (value: number): string => value.toFixed(3);
const oneDecimal = (value: number): string => value.toFixed(1);

function aboveHumanNote({ before, after, human }: Comparison & Baselines): string[] {
  if (human === null || before === null || after === null || Math.max(before, after) <= human) return [];
  const when = before > human ? "before training already" : "after training";
  return [
    `The child's turns score above people's ${when} (${threeDecimals(before)} before, ${threeDecimals(after)} after, ${threeDecimals(human)} for ` +
      "what was really said): the score measures cohesion, not sense. Read the samples.",
  ];
}

function aboveTeacherNote({ reward, childScore }: EvaluationRecord): string[] {
  const { before, teacher } = childScore;
  if (before === null || teacher === null || reward.before === null || reward.before <= 0) return [];
  return [
    "Before training the child's turns score above the teacher's versions of them already " +
      `(reward ${threeDecimals(reward.before)}): what training adds is the difference, not the whole.`,
  ];
}

function lengthNote({ before, after, human }: Comparison & Baselines): string[] {
  if (human === null || human === 0 || after === null) return [];
  const times = after / human;
  if (times < LENGTH_RATIO && times > 1 / LENGTH_RATIO) return [];
  const was = before === null ? "" : `, ${oneDecimal(before)} before training`;
  return [
    `After training the child's turns are ${times >= LENGTH_RATIO ? "longer" : "shorter"} than people's by far: ` +
      `${oneDecimal(after)} words against ${oneDecimal(human)}${was}.`,
  ];
}

function perplexityNote(perplexity: Comparison): string[] {
  const { before, after, low } = perplexity;
  if (before === null || after === null || !isClear(perplexity) || (low ?? 0) <= 0) return [];
  return [
    `The child predicts what people said less well than before training: perplexity ${oneDecimal(before)}, now ${oneDecimal(after)}. ` +
      "That is the price of the reward.",
  ];
}

/** Returns notes on the results of an evaluation that a reader should not overlook, one or two sentences each. */
export function evaluationNotes(record: EvaluationRecord): string[] {
  return [
    ...aboveHumanNote(record.childScore),
    ...aboveTeacherNote(record),
    ...lengthNote(record.length),
    ...perplexityNote(record.perplexity),
  ];
}

/** Describes the dialogues of an evaluation for a heading, such as "271 held-out dialogues". */
export function whichDialogues({ dialogues, setting }: EvaluationRecord): string {
  const count = `${dialogues.toLocaleString("en-US")}${setting?.unseen === false ? "" : " held-out"}`;
  const noun = dialogues === 1 ? "dialogue" : "dialogues";
  return setting?.unseen === false ? `${count} ${noun} of ${setting.data}` : `${count} ${noun}`;
}
