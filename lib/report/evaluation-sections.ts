import { formatCount } from "../format.ts";
import { type Cell, table } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { intervalMark } from "../page/interval.ts";
import { fixed, intervalDecimals } from "../page/numbers.ts";
import { sampleCard } from "../page/sample.ts";
import {
  type Baselines,
  type Comparison,
  type EvaluationRecord,
  type EvaluationSample,
  isClear,
} from "../run/evaluation.ts";
import { evaluationNotes, whichDialogues } from "../run/evaluation-notes.ts";
import { byFamily } from "./families.ts";

type Measured = Comparison & Partial<Baselines>;

const CLEAREST = 12;

function differenceCell(values: Comparison, better?: "higher" | "lower"): Cell {
  const { difference, low, high } = values;
  if (difference === null) return "–";
  const decimals = intervalDecimals(values);
  const whole = low !== null && high !== null;
  const small = whole ? `${fixed(low, decimals)} to ${fixed(high, decimals)}` : undefined;
  const base = { text: fixed(difference, decimals, true), ...(small === undefined ? {} : { small }) };
  if (better === undefined || !isClear(values)) return base;
  return { ...base, tone: difference > 0 === (better === "higher") ? "good" : "bad" };
}

function markCell({ low, difference, high }: Comparison): Cell {
  const whole = low !== null && difference !== null && high !== null;
  return { markup: whole ? intervalMark(low, difference, high) : "", wide: true };
}

function row(name: string, values: Measured, better?: "higher" | "lower"): Cell[] {
  const shown = (value: number | null | undefined): string => fixed(value, intervalDecimals(values));
  return [
    name,
    shown(values.before),
    shown(values.after),
    differenceCell(values, better),
    markCell(values),
    { text: shown(values.teacher), wide: true },
    { text: shown(values.human), wide: true },
  ];
}

const HEAD = (first: string): Parameters<typeof table>[0] => [
  first,
  "before",
  "after",
  "difference",
  { text: "", wide: true },
  { text: "teacher", wide: true },
  { text: "human", wide: true },
];

/** Held-out dialogues before and after training. */
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
    row("reward", reward, "higher"),
    row("child score", childScore, "higher"),
    row("KL, nats a turn", kl),
    row("perplexity of human turns", perplexity, "lower"),
    row("words a turn", length),
    row("repeated word pairs", repetition, "lower"),
  ];
  const note =
    `${whichDialogues(evaluation)}, ${formatCount(samplesPerPrompt, "turn")} for each. Behind each difference its 95 % interval ` +
    "by paired bootstrap over dialogues; teacher and human turn are the yardsticks.";
  return `<h2>Before and after</h2><p class="soft">${escapeHtml(note)}</p>${table(HEAD("measure"), rows)}${noteList(evaluation)}`;
}

function noteList(evaluation: EvaluationRecord): string {
  const items = evaluationNotes(evaluation).map((note) => `<li>${escapeHtml(note)}</li>`);
  return items.length === 0 ? "" : `<ul class="notes">${items.join("")}</ul>`;
}

function strength(values: Comparison): number {
  const half = ((values.high ?? 0) - (values.low ?? 0)) / 2;
  return half > 0 ? Math.abs(values.difference ?? 0) / half : 0;
}

function indexSection({ indices }: EvaluationRecord): string {
  const names = Object.keys(indices);
  if (names.length === 0) return "";
  const of = (name: string): Measured => indices[name] as Measured;
  const clear = names
    .filter((name) => isClear(of(name)))
    .toSorted((a, b) => strength(of(b)) - strength(of(a)));
  const top = clear.slice(0, CLEAREST).map((name) => row(name, of(name)));
  const note =
    top.length === 0
      ? `None of ${formatCount(names.length, "index", "indices")} changed clearly.`
      : `${clear.length} of ${formatCount(names.length, "index", "indices")} changed clearly; the clearest first. One in twenty would seem to by chance.`;
  const families = [...byFamily(names)].map(([title, members]) => familySection(title, members, of));
  const table_ = top.length === 0 ? "" : table(HEAD("index"), top, "long");
  return `<h2>Cohesion indices</h2><p class="soft">${note}</p>${table_}${families.join("")}`;
}

function familySection(title: string, names: readonly string[], of: (name: string) => Measured): string {
  const changed = names.map(of).filter(isClear);
  const up = changed.filter(({ difference }) => (difference ?? 0) > 0).length;
  const down = changed.length - up;
  const counts = [
    formatCount(names.length, "index", "indices"),
    ...(up > 0 ? [`${up} up`] : []),
    ...(down > 0 ? [`${down} down`] : []),
  ];
  const rows = names.map((name) => row(name, of(name)));
  return `<details><summary>${escapeHtml(title)} <span>${counts.join(" · ")}</span></summary>${table(HEAD("index"), rows, "long")}</details>`;
}

function sampleSection(title: string, note: string, samples: readonly EvaluationSample[] = []): string {
  if (samples.length === 0) return "";
  const cards = samples.map(({ id, turns, before, after, teacher, human, scores }) =>
    sampleCard({
      heading: id,
      turns,
      answers: [
        { who: "before", label: "before", text: before, score: scores.before },
        { who: "child", label: "after", text: after, score: scores.after },
        ...(teacher === null
          ? []
          : [{ who: "teacher" as const, label: "teacher", text: teacher, score: scores.teacher }]),
        ...(human === null
          ? []
          : [{ who: "human" as const, label: "human", text: human, score: scores.human }]),
      ],
    }),
  );
  return `<h2>${title}</h2><p class="soft">${note}</p><div class="samples">${cards.join("")}</div>`;
}
