import { formatCount } from "../format.ts";
import { type Cell, table } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { intervalSvg } from "../page/interval.ts";
import { fixed, intervalDecimals } from "../page/numbers.ts";
import { sampleCard } from "../page/sample.ts";
import {
  type Baselines,
  type Comparison,
  type EvaluationRecord,
  type EvaluationSample,
  isClear,
} from "../run/evaluation.ts";
import { groupByFamily } from "./families.ts";
import { evaluationNotes, whichDialogues } from "./notes.ts";

/** Values of one row: before, after, their difference, and the baselines where they exist. */
type MeasureValues = Comparison & Partial<Baselines>;

/** Number of clearly changed indices in the table above the families. */
const MAX_CLEAR_INDICES = 12;

function differenceCell(values: Comparison, better?: "higher" | "lower"): Cell {
  const { difference, low, high } = values;
  if (difference === null) return "–";
  const decimals = intervalDecimals(values);
  const complete = low !== null && high !== null;
  const small = complete ? `${fixed(low, decimals)} to ${fixed(high, decimals)}` : undefined;
  const base = { text: fixed(difference, decimals, true), ...(small === undefined ? {} : { small }) };
  if (better === undefined || !isClear(values)) return base;
  return { ...base, tone: difference > 0 === (better === "higher") ? "good" : "bad" };
}

function intervalCell({ low, difference, high }: Comparison): Cell {
  const complete = low !== null && difference !== null && high !== null;
  return { markup: complete ? intervalSvg(low, difference, high) : "", wide: true };
}

function measureRow(name: string, values: MeasureValues, better?: "higher" | "lower"): Cell[] {
  const format = (value: number | null | undefined): string => fixed(value, intervalDecimals(values));
  return [
    name,
    format(values.before),
    format(values.after),
    differenceCell(values, better),
    intervalCell(values),
    { text: format(values.teacher), wide: true },
    { text: format(values.human), wide: true },
  ];
}

const tableHead = (first: string): Parameters<typeof table>[0] => [
  first,
  "before",
  "after",
  "difference",
  { text: "", wide: true },
  { text: "teacher", wide: true },
  { text: "human", wide: true },
];

/** Returns the sections of an evaluation: main measures, cohesion indices, and the best and worst turns. */
export function evaluationSections(evaluation: EvaluationRecord): string {
  return [
    headlineSection(evaluation),
    indexSection(evaluation),
    sampleSection("Best turns after training", "Highest reward first.", evaluation.best),
    sampleSection("Worst turns after training", "Lowest reward first.", evaluation.worst),
  ].join("\n");
}

function headlineSection(evaluation: EvaluationRecord): string {
  const { reward, childScore, kl, perplexity, length, repetition, samplesPerPrompt } = evaluation;
  const rows = [
    measureRow("reward", reward, "higher"),
    measureRow("child score", childScore, "higher"),
    measureRow("KL, nats a turn", kl),
    measureRow("perplexity of human turns", perplexity, "lower"),
    measureRow("words a turn", length),
    measureRow("repeated word pairs", repetition, "lower"),
  ];
  const note =
    `${whichDialogues(evaluation)}, ${formatCount(samplesPerPrompt, "turn")} for each. Behind each difference its 95 % interval ` +
    "by paired bootstrap over dialogues. Teacher and human turns are shown for comparison.";
  return `<h2>Before and after</h2><p class="soft">${escapeHtml(note)}</p>${table(tableHead("measure"), rows)}${noteList(evaluation)}`;
}

function noteList(evaluation: EvaluationRecord): string {
  const items = evaluationNotes(evaluation).map((note) => `<li>${escapeHtml(note)}</li>`);
  return items.length === 0 ? "" : `<ul class="notes">${items.join("")}</ul>`;
}

/** Returns the size of a difference relative to half the width of its interval, for sorting. */
function differenceStrength(values: Comparison): number {
  const halfWidth = ((values.high ?? 0) - (values.low ?? 0)) / 2;
  return halfWidth > 0 ? Math.abs(values.difference ?? 0) / halfWidth : 0;
}

function indexSection({ indices }: EvaluationRecord): string {
  const names = Object.keys(indices);
  if (names.length === 0) return "";
  const valuesOf = (name: string): MeasureValues => indices[name] as MeasureValues;
  const clear = names
    .filter((name) => isClear(valuesOf(name)))
    .toSorted((a, b) => differenceStrength(valuesOf(b)) - differenceStrength(valuesOf(a)));
  const clearestRows = clear.slice(0, MAX_CLEAR_INDICES).map((name) => measureRow(name, valuesOf(name)));
  const note =
    clearestRows.length === 0
      ? `None of ${formatCount(names.length, "index", "indices")} changed clearly.`
      : `${clear.length} of ${formatCount(names.length, "index", "indices")} changed clearly; the clearest first. One in twenty would seem to by chance.`;
  const families = [...groupByFamily(names)].map(([title, members]) =>
    familySection(title, members, valuesOf),
  );
  const clearestTable = clearestRows.length === 0 ? "" : table(tableHead("index"), clearestRows, "long");
  return `<h2>Cohesion indices</h2><p class="soft">${note}</p>${clearestTable}${families.join("")}`;
}

function familySection(
  title: string,
  names: readonly string[],
  valuesOf: (name: string) => MeasureValues,
): string {
  const changed = names.map(valuesOf).filter(isClear);
  const up = changed.filter(({ difference }) => (difference ?? 0) > 0).length;
  const down = changed.length - up;
  const counts = [
    formatCount(names.length, "index", "indices"),
    ...(up > 0 ? [`${up} up`] : []),
    ...(down > 0 ? [`${down} down`] : []),
  ];
  const rows = names.map((name) => measureRow(name, valuesOf(name)));
  return `<details><summary>${escapeHtml(title)} <span>${counts.join(" · ")}</span></summary>${table(tableHead("index"), rows, "long")}</details>`;
}

function sampleSection(title: string, note: string, samples: readonly EvaluationSample[] = []): string {
  if (samples.length === 0) return "";
  const cards = samples.map(({ id, turns, before, after, teacher, human, scores }) =>
    sampleCard({
      heading: id,
      turns,
      answers: [
        { role: "before", label: "before", text: before, score: scores.before },
        { role: "child", label: "after", text: after, score: scores.after },
        ...(teacher === null
          ? []
          : [{ role: "teacher" as const, label: "teacher", text: teacher, score: scores.teacher }]),
        ...(human === null
          ? []
          : [{ role: "human" as const, label: "human", text: human, score: scores.human }]),
      ],
    }),
  );
  return `<h2>${title}</h2><p class="soft">${note}</p><div class="samples">${cards.join("")}</div>`;
}
