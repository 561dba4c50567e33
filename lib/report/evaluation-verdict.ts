import { fixed } from "../page/numbers.ts";
import { type Comparison, changeOf, type EvaluationRecord, isOfOwnReward } from "../run/evaluation.ts";
import {
  changeText,
  differenceText,
  joinWords,
  klCostText,
  klText,
  lengthText,
  perplexityText,
  rewardText,
  sentence,
} from "./wording.ts";

function rewardClause(record: EvaluationRecord): string {
  const { reward } = record;
  const change = changeOf(reward);
  const name = isOfOwnReward(record) ? "the TAACO reward" : "the reward";
  return change === "unknown"
    ? `${name} cannot be compared, because no turn has one before and after training`
    : `${rewardText(change, name)} (${differenceText(reward)})`;
}

/** Returns what changed clearly besides the reward. */
function changedClauses({ length, repetition }: EvaluationRecord): string[] {
  const pairs = { up: "more", down: "less" };
  const [lengthChange, repetitionChange] = [changeOf(length), changeOf(repetition)];
  const clauses: string[] = [];
  if (lengthChange === "up" || lengthChange === "down") clauses.push(lengthText(length, lengthChange));
  if (repetitionChange === "up" || repetitionChange === "down")
    clauses.push(
      `turns repeat word pairs clearly ${pairs[repetitionChange]} often (${changeText(repetition, 4)} of all)`,
    );
  return clauses;
}

function unchangedClause({ length, repetition }: EvaluationRecord): string[] {
  const names = [
    ...(changeOf(length) === "unclear" ? ["the length of turns"] : []),
    ...(changeOf(repetition) === "unclear" ? ["their repetition"] : []),
  ];
  return names.length === 0 ? [] : [`${joinWords(names)} did not change clearly`];
}

/** Returns by how many percent perplexity rose or fell: "10.6 %". */
function percentChange({ before, after }: Comparison): string {
  const share = before === null || after === null || before === 0 ? null : Math.abs(after / before - 1) * 100;
  return `${fixed(share, 1)} %`;
}

function costClause(record: EvaluationRecord): string[] {
  const { reward, perplexity, kl } = record;
  const values = perplexityText(perplexity);
  const hasKl = kl.after !== null;
  const withKl = hasKl ? `, with a KL of ${klText(kl)}` : "";
  switch (changeOf(perplexity)) {
    case "up": {
      const cost = `${percentChange(perplexity)} more perplexity of human turns (${values})${withKl}`;
      // Whether a reward of the user's own has risen is not known.
      return [
        changeOf(reward) === "up" || isOfOwnReward(record)
          ? `the cost is ${cost}`
          : `without a gain it cost ${cost}`,
      ];
    }
    case "down":
      return [
        `the language did not get worse: perplexity of human turns fell clearly by ${percentChange(perplexity)} (${values})` +
          (hasKl ? `; KL ${klText(kl)}` : ""),
      ];
    case "unclear":
      return [
        `it had no clear cost: perplexity of human turns ${values}${hasKl ? `, KL ${klText(kl)}` : ""}`,
      ];
    case "unknown":
      return hasKl ? [klCostText(kl)] : [];
  }
}

/** Returns the result of an evaluation in one sentence: what changed clearly, what did not, and what it cost. */
export function evaluationVerdict(record: EvaluationRecord): string {
  return sentence([
    rewardClause(record),
    ...changedClauses(record),
    ...unchangedClause(record),
    ...costClause(record),
  ]);
}
