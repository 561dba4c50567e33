import { formatCount, shellPath } from "../format.ts";
import { type Card, cards, warning } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { fixed, formatDuration, formatNumber, intervalDecimals } from "../page/numbers.ts";
import { firstAndLastTenth, statisticValues, tenthText } from "../page/run-charts.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import { mainRows } from "./evaluation-sections.ts";
import { type MeasureRow, toneOf } from "./measure-table.ts";
import { seenWarnings, whichDialogues } from "./notes.ts";
import type { RunRecord } from "./record.ts";
import { runVerdict } from "./run-verdict.ts";
import { intervalText } from "./wording.ts";

/** Measures of an evaluation that have a card. */
const HEADLINE = ["reward", "child score", "perplexity of human turns", "words per turn"];

/** Returns the card of a measure on held-out dialogues: the change, with the values and the interval below it. */
function measureCard(row: MeasureRow): Card {
  const { before, after, difference, low } = row.values;
  const decimals = intervalDecimals(row.values);
  const interval = low === null ? "" : `; 95 % interval ${intervalText(row.values)}`;
  return {
    value: fixed(difference, decimals, true),
    caption: `${row.name}: ${fixed(before, decimals)} → ${fixed(after, decimals)}${interval}`,
    tone: toneOf(row),
  };
}

const evaluationCards = (evaluation: EvaluationRecord): Card[] =>
  mainRows(evaluation)
    .filter(({ name }) => HEADLINE.includes(name))
    .map(measureCard);

/** Returns the cards of a run that was not evaluated: its statistics on training dialogues. */
function trainingCards({ steps }: RunRecord): Card[] {
  const change = (name: string): string => {
    const [first, last] = firstAndLastTenth(steps, name);
    return steps.length === 1 ? formatNumber(last) : `${formatNumber(first)} → ${formatNumber(last)}`;
  };
  const which = steps.length === 1 ? "" : `, first and last ${tenthText(steps)}`;
  const [, kl] = firstAndLastTenth(steps, "objective/kl");
  const belowZero = kl !== null && kl < 0 ? "; an estimate from few turns can fall below 0" : "";
  return [
    { value: change("env/reward_mean"), caption: `reward on training dialogues${which}` },
    { value: change("dppo/child_words_mean"), caption: `words per turn on training dialogues${which}` },
    {
      value: formatNumber(kl),
      caption: `KL to the child before training, in nats per turn, last ${tenthText(steps)}${belowZero}`,
    },
  ];
}

function runCards({ steps }: RunRecord): Card[] {
  if (steps.length === 0) return [];
  const seconds = statisticValues(steps, "time/step").reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return [
    {
      value: formatCount(steps.at(-1)?.step ?? 0, "step"),
      caption: `${formatDuration(seconds)} of training`,
    },
  ];
}

/**
 * Returns the result of a run: the verdict, and cards with its main figures. They are those of the held-out dialogues,
 * or of the training when the run was not evaluated.
 */
export function headline(run: RunRecord): string {
  const { evaluation } = run;
  if (evaluation === undefined && run.steps.length === 0) return "";
  const measured = evaluation === undefined ? trainingCards(run) : evaluationCards(evaluation);
  const hint =
    evaluation === undefined
      ? `<p class="soft">The run has not been evaluated on held-out dialogues. <code>npx dialogue-ppo evaluate --run ${escapeHtml(shellPath(run.name))}</code> does it and adds the result to this page.</p>`
      : `<p class="soft">Changes from before to after training, on ${escapeHtml(whichDialogues(evaluation))}:</p>`;
  const warnings = (evaluation ? seenWarnings(evaluation) : []).map(warning);
  return `<p class="verdict">${escapeHtml(runVerdict(run))}</p>${warnings.join("")}${hint}${cards([...measured, ...runCards(run)])}`;
}
