import { formatCount, formatInteger } from "../format.ts";
import { fixed } from "../page/numbers.ts";
import { changeOf, type EvaluationRecord, isOfOwnReward } from "../run/evaluation.ts";
import { changeText, differenceText, perplexityText } from "./wording.ts";

/** With fewer dialogues a bootstrap interval is narrower than it should be, and only large changes are clear. */
const FEW_DIALOGUES = 50;

function fewDialoguesNote({ dialogues, reward }: EvaluationRecord): string[] {
  if (dialogues >= FEW_DIALOGUES) return [];
  const half = reward.low === null || reward.high === null ? null : (reward.high - reward.low) / 2;
  const size = half === null ? "" : ` of less than about ${fixed(half, 3)} in reward`;
  return [
    `${formatCount(dialogues, "dialogue")} ${dialogues === 1 ? "is" : "are"} few: a change${size} cannot be told from chance, ` +
      "and intervals over so few dialogues are too narrow. Hold out more of them.",
  ];
}

function flatRewardNote(record: EvaluationRecord): string[] {
  const { reward } = record;
  if (changeOf(reward) !== "unclear" || isOfOwnReward(record)) return [];
  return [
    `The reward shows no clear change (${differenceText(reward)}), so nothing else in the table is a gain either. ` +
      "More steps or a higher learning rate make a larger change; more held-out dialogues make a small one visible.",
  ];
}

/** A run with a reward of the user's own was not trained towards the reward that is evaluated. */
function ownRewardNote(record: EvaluationRecord): string[] {
  if (!isOfOwnReward(record)) return [];
  return [
    `The run was trained with a reward of your own, which cannot be computed here. The reward and the scores are TAACO's (preset ${record.setting?.scorePreset}).`,
  ];
}

function lowerRewardNote(record: EvaluationRecord): string[] {
  const { reward } = record;
  if (changeOf(reward) !== "down" || isOfOwnReward(record)) return [];
  return [
    `The reward fell (${differenceText(reward)}): the child before training, or an earlier checkpoint, is the better one. ` +
      "A lower learning rate or a lower KL target may help.",
  ];
}

/** A reward is a difference, so that it also rises when the teacher's turns get worse. */
function teacherSideNote({ reward, childScore }: EvaluationRecord): string[] {
  if (changeOf(reward) !== "up" || ["up", "unknown"].includes(changeOf(childScore))) return [];
  return [
    "The reward rose although the child's own score did not rise clearly: the teacher's versions of its turns score lower than before.",
  ];
}

function lengthNote({ length }: EvaluationRecord): string[] {
  const change = changeOf(length);
  if (change !== "up" && change !== "down") return [];
  const human = length.human === null ? "" : `; human turns have ${fixed(length.human, 1)}`;
  return [
    `Turns became ${change === "up" ? "longer" : "shorter"}, from ${changeText(length, 1)} words${human}. ` +
      "Length alone changes many indices, so part of any other change may come from it.",
  ];
}

function repetitionNote({ repetition }: EvaluationRecord): string[] {
  if (changeOf(repetition) !== "up") return [];
  const human = repetition.human === null ? "" : `; in human turns it is ${fixed(repetition.human, 4)}`;
  return [
    `Turns repeat themselves more than before: the share of repeated word pairs went from ${changeText(repetition, 4)}${human}.`,
  ];
}

function perplexityNote(record: EvaluationRecord): string[] {
  const { perplexity, reward } = record;
  if (changeOf(perplexity) !== "up") return [];
  const gain =
    changeOf(reward) === "up" ? " That is the price of the reward." : " There is no gain in reward for it.";
  const price = isOfOwnReward(record) ? "" : gain;
  return [
    `The child predicts human turns less well than before training: perplexity ${perplexityText(perplexity)}.${price}`,
  ];
}

function aboveHumanNote({ childScore, margins }: EvaluationRecord): string[] {
  const before = margins !== undefined && changeOf(margins.overHumanBefore) === "up";
  const after = margins !== undefined && changeOf(margins.overHumanAfter) === "up";
  if (!before && !after) return [];
  const when = before && after ? "before and after training" : before ? "before training" : "after training";
  const values = `${changeText(childScore, 3)}; human turns ${fixed(childScore.human, 3)}`;
  return [
    `The child's turns score clearly above human turns ${when} (${values}): the score measures cohesion, not sense. Read the samples.`,
  ];
}

function aboveTeacherNote({ reward, margins }: EvaluationRecord): string[] {
  if (margins === undefined || changeOf(margins.overTeacherBefore) !== "up") return [];
  return [
    "Before training the child's turns already score clearly above the teacher's versions of them " +
      `(reward ${fixed(reward.before, 3)}): what training adds is the difference, not the whole.`,
  ];
}

/**
 * Returns what makes the dialogues of an evaluation no fair test, as sentences; empty when they were held out from
 * everything.
 */
export function seenWarnings({ dialogues, seen = [], setting }: EvaluationRecord): string[] {
  const warnings = seen
    .filter(({ count }) => count > 0)
    .map(
      ({ by, count }) =>
        `${formatInteger(count)} of the ${formatCount(dialogues, "dialogue")} ${count === 1 ? "was" : "were"} seen by ${by} before: ` +
        "figures on them are better than on new dialogues.",
    );
  if (warnings.length > 0 || setting?.unseen !== false) return warnings;
  return [
    "The dialogues are not known to be held out: the models may have been trained on some of them, and figures on these are better than on new ones.",
  ];
}

/** Returns notes on the results of an evaluation that a reader should not overlook, one or two sentences each. */
export function evaluationNotes(record: EvaluationRecord): string[] {
  return [
    seenWarnings,
    ownRewardNote,
    fewDialoguesNote,
    flatRewardNote,
    lowerRewardNote,
    teacherSideNote,
    lengthNote,
    repetitionNote,
    perplexityNote,
    aboveHumanNote,
    aboveTeacherNote,
  ].flatMap((note) => note(record));
}

/** Describes the dialogues of an evaluation for a heading, such as "271 held-out dialogues". */
export function whichDialogues({ dialogues, setting }: EvaluationRecord): string {
  return setting?.unseen === false
    ? `${formatCount(dialogues, "dialogue")} of ${setting.data}`
    : formatCount(dialogues, "held-out dialogue");
}
