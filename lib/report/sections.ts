import type { SampleRecord } from "../log.ts";
import { cards, table } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { formatDuration, formatNumber } from "../page/numbers.ts";
import { statistic } from "../page/run-charts.ts";
import { sampleCard, sampleView } from "../page/sample.ts";
import type { Comparison, EvaluationRecord } from "../run/evaluation.ts";
import type { RunRecord } from "./record.ts";

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

const mean = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of the first and of the last tenth of a run (at least one step each). */
function firstAndLast(values: readonly (number | null)[]): [number, number] {
  const known = present(values);
  const tenth = Math.max(1, Math.floor(known.length / 10));
  return [mean(known.slice(0, tenth)), mean(known.slice(-tenth))];
}

const arrow = ([first, last]: readonly [number, number]): string =>
  `${formatNumber(first)} → ${formatNumber(last)}`;

/** The figures a reader looks for first. */
export function summaryCards(run: RunRecord): string {
  const seconds = present(statistic(run.steps, "time/step")).reduce((sum, value) => sum + value, 0);
  const kl = present(statistic(run.steps, "objective/kl")).at(-1) ?? Number.NaN;
  return cards([
    {
      value: arrow(firstAndLast(statistic(run.steps, "env/reward_mean"))),
      caption: "reward in training, first and last tenth",
    },
    { value: formatNumber(kl), caption: "KL to the reference at the end, nats a turn" },
    {
      value: arrow(firstAndLast(statistic(run.steps, "tokens/responses_len_mean"))),
      caption: "tokens a turn",
    },
    { value: formatNumber(run.steps.at(-1)?.step ?? 0), caption: "steps" },
    { value: formatDuration(seconds), caption: "time in steps" },
  ]);
}

function spread(values: readonly SampleRecord[], count: number): SampleRecord[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, index) => values[Math.round((index * (values.length - 1)) / (count - 1))],
  ).filter((sample) => sample !== undefined);
}

/** Samples spread over the run, the first and the last among them. */
export function sampleSection(run: RunRecord): string {
  if (run.samples.length === 0) return "";
  const cardsOfSamples = spread(run.samples, 8).map((sample) => sampleCard(sampleView(sample)));
  return `<h2>Samples</h2><p class="soft">From the first step to the last.</p><div class="samples">${cardsOfSamples.join("")}</div>`;
}

const significant = ({ low, high }: Comparison): boolean =>
  low !== null && high !== null && (low > 0 || high < 0);

function comparisonRow(
  name: string,
  values: Comparison,
  better?: "higher" | "lower",
): Parameters<typeof table>[1][number] {
  const { before, after, difference, low, high } = values;
  const text = difference === null ? "–" : `${difference > 0 ? "+" : ""}${formatNumber(difference)}`;
  const interval = low === null || high === null ? "–" : `${formatNumber(low)} to ${formatNumber(high)}`;
  const rising = (difference ?? 0) > 0;
  const judged = better !== undefined && significant(values);
  const cell = judged
    ? { text, tone: rising === (better === "higher") ? ("good" as const) : ("bad" as const) }
    : text;
  return [name, formatNumber(before), formatNumber(after), cell, interval];
}

/** Held-out dialogues before and after training, with paired bootstrap intervals. */
export function evaluationSection(evaluation: EvaluationRecord | undefined): string {
  if (evaluation === undefined) return "";
  const { reward, childScore, kl, perplexity, length, repetition, dialogues } = evaluation;
  const rows = [
    comparisonRow("reward", reward, "higher"),
    comparisonRow("child score", childScore, "higher"),
    comparisonRow("KL, nats a turn", kl),
    comparisonRow("perplexity of human turns", perplexity, "lower"),
    comparisonRow("words a turn", length),
    comparisonRow("repeated word pairs", repetition, "lower"),
  ];
  const head = ["held out", "before", "after", "difference", "95 % interval"];
  return (
    `<h2>Before and after</h2><p class="soft">${dialogues} dialogues that training never saw; intervals by paired bootstrap over dialogues.</p>` +
    table(head, rows) +
    indexTable(evaluation)
  );
}

function indexTable(evaluation: EvaluationRecord): string {
  const entries = Object.entries(evaluation.indices);
  if (entries.length === 0) return "";
  const strength = (values: Comparison): number => {
    const half = ((values.high ?? 0) - (values.low ?? 0)) / 2;
    return half > 0 ? Math.abs(values.difference ?? 0) / half : 0;
  };
  const rows = entries
    .toSorted(([, a], [, b]) => strength(b) - strength(a))
    .map(([name, values]) => [
      ...comparisonRow(name, values),
      formatNumber(values.teacher),
      formatNumber(values.human),
    ]);
  const head = ["index", "before", "after", "difference", "95 % interval", "teacher", "human"];
  const shown = rows.slice(0, 20);
  const rest = rows.slice(20);
  const more =
    rest.length === 0
      ? ""
      : `<details><summary>${rest.length} more indices</summary>${table(head, rest)}</details>`;
  return `<h2>Cohesion indices</h2><p class="soft">Clearest changes first; the teacher and the human turn are the yardsticks.</p>${table(head, shown)}${more}`;
}

/** The resolved configuration, folded away. */
export function configurationSection(run: RunRecord): string {
  const text = escapeHtml(JSON.stringify(run.config, null, 2));
  return `<details><summary>Configuration</summary><pre>${text}</pre></details>`;
}
