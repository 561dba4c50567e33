import { fixed } from "../page/numbers.ts";
import { type Comparison, changeOf, type EvaluationRecord } from "../run/evaluation.ts";
import { changeText, differenceText, joinWords } from "./wording.ts";

function rewardClause(reward: Comparison): string {
  switch (changeOf(reward)) {
    case "up":
      return `the reward rose clearly (${differenceText(reward)})`;
    case "down":
      return `the reward fell clearly (${differenceText(reward)})`;
    case "unclear":
      return `the reward did not change clearly (${differenceText(reward)})`;
    case "unknown":
      return "the reward cannot be compared, because no turn has one before and after training";
  }
}

/** Returns what changed clearly besides the reward. */
function changedClauses({ length, repetition }: EvaluationRecord): string[] {
  const words = { up: "longer", down: "shorter" };
  const pairs = { up: "more", down: "less" };
  const [lengthChange, repetitionChange] = [changeOf(length), changeOf(repetition)];
  const clauses: string[] = [];
  if (lengthChange === "up" || lengthChange === "down")
    clauses.push(`turns became clearly ${words[lengthChange]} (${changeText(length, 1)} words)`);
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

function costClause({ reward, perplexity, kl }: EvaluationRecord): string[] {
  const values = changeText(perplexity, 1);
  const klText = kl.after === null ? "" : `KL ${fixed(kl.after, 2)} nats a turn`;
  const withKl = klText === "" ? "" : `, with a ${klText.replace("KL ", "KL of ")}`;
  switch (changeOf(perplexity)) {
    case "up": {
      const cost = `${percentChange(perplexity)} more perplexity of human turns (${values})${withKl}`;
      return [changeOf(reward) === "up" ? `the cost is ${cost}` : `without a gain it cost ${cost}`];
    }
    case "down":
      return [
        `it cost nothing: perplexity of human turns fell clearly by ${percentChange(perplexity)} (${values})${withKl}`,
      ];
    case "unclear":
      return [
        `it had no clear cost: perplexity of human turns ${values}${klText === "" ? "" : `, ${klText}`}`,
      ];
    case "unknown":
      return klText === "" ? [] : [`the cost is a ${klText.replace("KL ", "KL of ")}`];
  }
}

/** Returns a sentence from clauses. */
export const sentence = (clauses: readonly string[]): string => {
  const text = clauses.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
};

/** Returns the result of an evaluation in one sentence: what changed clearly, what did not, and what it cost. */
export function evaluationVerdict(record: EvaluationRecord): string {
  return sentence([
    rewardClause(record.reward),
    ...changedClauses(record),
    ...unchangedClause(record),
    ...costClause(record),
  ]);
}
