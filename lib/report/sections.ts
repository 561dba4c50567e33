import { cards } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { formatDuration, formatNumber } from "../page/numbers.ts";
import { firstAndLastTenth, statisticValues } from "../page/run-charts.ts";
import { sampleCard, sampleView } from "../page/sample.ts";
import type { SampleRecord } from "../run/records.ts";
import type { RunRecord } from "./record.ts";

const withoutNulls = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

const formatChange = ([first, last]: ReturnType<typeof firstAndLastTenth>): string =>
  `${formatNumber(first)} → ${formatNumber(last)}`;

/** Returns the cards with the main numbers of a run: reward, KL, turn length, steps and time. */
export function summaryCards(run: RunRecord): string {
  const seconds = withoutNulls(statisticValues(run.steps, "time/step")).reduce(
    (sum, value) => sum + value,
    0,
  );
  const [, kl] = firstAndLastTenth(run.steps, "objective/kl");
  return cards([
    {
      value: formatChange(firstAndLastTenth(run.steps, "env/reward_mean")),
      caption: "reward in training, first and last tenth",
    },
    {
      value: formatNumber(kl),
      caption: `KL to the reference in the last tenth, nats a turn${kl !== null && kl < 0 ? "; an estimate from few turns can fall below 0" : ""}`,
    },
    {
      value: formatChange(firstAndLastTenth(run.steps, "tokens/responses_len_mean")),
      caption: "tokens a turn",
    },
    { value: formatNumber(run.steps.at(-1)?.step ?? 0), caption: "steps" },
    { value: formatDuration(seconds), caption: "time in steps" },
  ]);
}

/** Returns at most `count` of the values at even distances, with the first and the last. */
function pickEvenly(values: readonly SampleRecord[], count: number): SampleRecord[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, index) => values[Math.round((index * (values.length - 1)) / (count - 1))],
  ).filter((sample) => sample !== undefined);
}

/** Returns a section with at most eight samples from the whole run, or "" when there are none. */
export function sampleSection(run: RunRecord): string {
  if (run.samples.length === 0) return "";
  const sampleCards = pickEvenly(run.samples, 8).map((sample) => sampleCard(sampleView(sample)));
  return `<h2>Samples</h2><p class="soft">From the first step to the last.</p><div class="samples">${sampleCards.join("")}</div>`;
}

/** Returns a collapsed section with the resolved configuration. */
export function configurationSection(run: RunRecord): string {
  const text = escapeHtml(JSON.stringify(run.config, null, 2));
  return `<details><summary>Configuration</summary><pre>${text}</pre></details>`;
}
