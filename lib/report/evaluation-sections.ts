import { formatCount } from "../format.ts";
import { collapsed } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { type SampleView, sampleCard } from "../page/sample.ts";
import { clarity, type EvaluationRecord, type EvaluationSample, isClear } from "../run/evaluation.ts";
import { groupByFamily } from "./families.ts";
import { type MeasureRow, measureTable } from "./measure-table.ts";
import { evaluationNotes, whichDialogues } from "./notes.ts";

/** Number of clearly changed indices in the table above the families. */
const MAX_CLEAR_INDICES = 12;

const GUARD_NOTE = "A guard lowers the score of a turn that copies, repeats itself or says little.";

/** Returns the rows of the main measures. */
export function mainRows(evaluation: EvaluationRecord): MeasureRow[] {
  const { reward, childScore, kl, perplexity, length, repetition } = evaluation;
  return [
    { name: "reward", values: reward, better: "higher" },
    { name: "child score", values: childScore, better: "higher" },
    { name: "KL (nats per turn)", values: kl },
    { name: "perplexity of human turns", short: "perplexity (human)", values: perplexity, better: "lower" },
    { name: "words per turn", values: length },
    { name: "repeated word pairs", values: repetition, better: "lower" },
  ];
}

/** Returns the sections of an evaluation: main measures, cohesion indices, and the best and worst turns. */
export function evaluationSections(evaluation: EvaluationRecord): string {
  return [
    mainSection(evaluation),
    indexSection(evaluation),
    sampleSection("Best turns after training", `Highest reward first. ${GUARD_NOTE}`, evaluation.best),
    sampleSection("Worst turns after training", "Lowest reward first.", evaluation.worst),
  ].join("\n");
}

function mainSection(evaluation: EvaluationRecord): string {
  const note =
    `${whichDialogues(evaluation)}, ${formatCount(evaluation.samplesPerPrompt, "turn")} for each. Each change has a ` +
    "95 % interval (paired bootstrap over dialogues). The drawing shows the interval around zero; each row has its own " +
    "scale. The turns of the teacher and the human are shown for comparison.";
  return (
    `<h2>Before and after</h2><p class="soft">${escapeHtml(note)}</p>` +
    `${measureTable("Main measures before and after training", "measure", mainRows(evaluation))}${noteList(evaluation)}`
  );
}

function noteList(evaluation: EvaluationRecord): string {
  const items = evaluationNotes(evaluation).map((note) => `<li>${escapeHtml(note)}</li>`);
  return items.length === 0 ? "" : `<ul class="notes">${items.join("")}</ul>`;
}

function indexSection({ indices }: EvaluationRecord): string {
  const rows = Object.entries(indices).map(([name, values]): MeasureRow => ({ name, values }));
  if (rows.length === 0) return "";
  const clear = rows
    .filter(({ values }) => isClear(values))
    .toSorted((a, b) => clarity(b.values) - clarity(a.values));
  const total = formatCount(rows.length, "index", "indices");
  const note =
    clear.length === 0
      ? `None of ${total} changed clearly.`
      : `${clear.length} of ${total} changed clearly; the clearest come first. Chance alone makes about one index in twenty seem to change.`;
  const clearest = clear.slice(0, MAX_CLEAR_INDICES);
  const clearestTable =
    clearest.length === 0 ? "" : measureTable("The most clearly changed indices", "index", clearest);
  const families = [...groupByFamily(Object.keys(indices))].map(([title, members]) =>
    familySection(
      title,
      rows.filter(({ name }) => members.includes(name)),
    ),
  );
  return `<h2>Cohesion indices</h2><p class="soft">${note}</p>${clearestTable}${families.join("")}`;
}

function familySection(title: string, rows: readonly MeasureRow[]): string {
  const changed = rows.filter(({ values }) => isClear(values));
  const up = changed.filter(({ values }) => (values.difference ?? 0) > 0).length;
  const down = changed.length - up;
  const counts = [
    formatCount(rows.length, "index", "indices"),
    ...(up > 0 ? [`${up} up`] : []),
    ...(down > 0 ? [`${down} down`] : []),
  ];
  return collapsed(title, counts.join(" · "), measureTable(`Indices: ${title}`, "index", rows));
}

/** Returns the turns of a sample with their scores. A turn of the teacher or the human that is missing is left out. */
function answersOf({
  before,
  after,
  teacher,
  human,
  scores,
  guards,
}: EvaluationSample): SampleView["answers"] {
  const all = [
    { role: "before", label: "before", text: before, score: scores.before, guards: guards?.before },
    { role: "child", label: "after", text: after, score: scores.after, guards: guards?.after },
    { role: "teacher", label: "teacher", text: teacher, score: scores.teacher, guards: guards?.teacher },
    { role: "human", label: "human", text: human, score: scores.human, guards: guards?.human },
  ] as const;
  return all.flatMap(({ text, ...rest }) => (text === null ? [] : [{ ...rest, text }]));
}

function sampleSection(title: string, note: string, samples: readonly EvaluationSample[] = []): string {
  if (samples.length === 0) return "";
  const cards = samples.map((sample) =>
    sampleCard({
      heading: sample.id,
      reward: sample.reward,
      turns: sample.turns,
      answers: answersOf(sample),
    }),
  );
  return `<h2>${title}</h2><p class="soft">${note}</p><div class="samples">${cards.join("")}</div>`;
}
