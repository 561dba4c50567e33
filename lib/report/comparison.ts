import { formatCount } from "../format.ts";
import { optionNames } from "../options/option.ts";
import { flagName } from "../options/spelling.ts";
import { TRAIN_OPTIONS } from "../options/train-config.ts";
import { chartScript } from "../page/chart-script.ts";
import { factList, htmlPage, printScript, warning } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { fixed } from "../page/numbers.ts";
import { comparisonCharts } from "../page/run-charts.ts";
import { type Cell, table } from "../page/table.ts";
import type { Comparison } from "../run/evaluation.ts";
import { changeCell } from "./measure-table.ts";
import type { RunRecord } from "./record.ts";
import { runVerdict } from "./run-verdict.ts";
import { type SeedSummaries, spreadText, summarizeSeeds } from "./seeds.ts";
import { perplexityDecimals } from "./wording.ts";

/** Options that differ between any two runs because each needs its own. */
const OWN_OPTIONS = ["outputDir"];

const differs = (values: readonly unknown[]): boolean => values.some((value) => value !== values[0]);

/** Settings that tell on which dialogues an evaluation of an older version was made, which has no `dialoguesHash`. */
const SOURCE_OF_DIALOGUES = ["data", "dataHash", "heldOut", "seed"];

/** Returns what keeps the results of runs from being compared, as sentences; empty when nothing does. */
export function comparisonWarnings(runs: readonly RunRecord[]): string[] {
  const evaluated = runs.flatMap(({ evaluation }) => (evaluation === undefined ? [] : [evaluation]));
  const missing = runs.filter(({ evaluation }) => evaluation === undefined).map(({ name }) => name);
  const setting = (name: string): unknown[] => evaluated.map((one) => one.setting?.[name]);
  const isOld = setting("dialoguesHash").includes(undefined);
  const heldOut = (isOld ? SOURCE_OF_DIALOGUES : ["dialoguesHash"]).some((name) => differs(setting(name)));
  const scored = ["scorePreset", "indexMode", "scoredText", "teacher"].some((name) => differs(setting(name)));
  return [
    ...(missing.length > 0
      ? [`Not evaluated on held-out dialogues: ${missing.join(", ")}. Run evaluate for each of them.`]
      : []),
    ...(heldOut
      ? ["The runs were evaluated on different dialogues, so their results cannot be compared directly."]
      : []),
    ...(scored
      ? ["The runs were scored with different settings or teachers, so their rewards differ in meaning."]
      : []),
  ];
}

function resultTable(runs: readonly RunRecord[]): string {
  const change = (comparison: Comparison | undefined, decimals: number): string =>
    comparison === undefined
      ? "–"
      : `${fixed(comparison.before, decimals)} → ${fixed(comparison.after, decimals)}`;
  const rows = runs.map(({ name, steps, evaluation }): Cell[] => [
    name,
    String(steps.at(-1)?.step ?? 0),
    evaluation === undefined ? "–" : changeCell({ name, values: evaluation.reward, better: "higher" }),
    change(evaluation?.reward, 3),
    change(evaluation?.perplexity, perplexityDecimals(evaluation?.perplexity)),
    change(evaluation?.length, 1),
    fixed(evaluation?.kl.after, 2),
  ]);
  return table({
    caption: "Results of the runs on held-out dialogues",
    head: [
      "run",
      "steps",
      "change of reward",
      "reward",
      "perplexity of human turns",
      "words per turn",
      "KL (nats per turn)",
    ],
    rows,
    narrow: "repeat(3, 1fr)",
  });
}

/** Returns the section with means over seeds; empty when no runs differ only in their seed. */
function seedSection({ summaries, notes }: SeedSummaries): string {
  if (summaries.length === 0) return notes.map(warning).join("");
  const rows = summaries.map(
    ({ name, seeds, reward, childScore, perplexity, length, repetition, kl }): Cell[] => [
      { text: name, small: `seeds ${seeds.join(", ")}` },
      ...[reward, childScore, perplexity, length, repetition].map(({ difference }) => spreadText(difference)),
      spreadText(kl.after, false),
    ],
  );
  const results = table({
    caption: "Mean and standard deviation over seeds",
    head: [
      "runs",
      "change of reward",
      "change of child score",
      "change of perplexity",
      "change of words per turn",
      "change of repeated word pairs",
      "KL (nats per turn)",
    ],
    rows,
    narrow: "repeat(2, 1fr)",
  });
  const text =
    "Runs that differ only in their seed: mean ± standard deviation (n − 1) over the seeds. A change is after minus before training.";
  return `<h2>Mean over seeds</h2><p class="soft">${text}</p>${notes.map(warning).join("")}${results}`;
}

/** Returns a table of the options in which the runs differ. */
function optionTable(runs: readonly RunRecord[]): string {
  const names = optionNames(TRAIN_OPTIONS).filter(
    (name) => !OWN_OPTIONS.includes(name) && differs(runs.map(({ config }) => config[name])),
  );
  if (names.length === 0) return '<p class="soft">The runs have the same options.</p>';
  return table({
    caption: "Options in which the runs differ",
    head: ["option", ...runs.map(({ name }) => name)],
    rows: names.map((name) => [
      { text: flagName(name), small: TRAIN_OPTIONS[name].help },
      ...runs.map(({ config }) => String(config[name] ?? "–")),
    ]),
  });
}

/** Returns a page that compares runs: results, verdicts, means over seeds, options that differ, and curves. */
export function comparisonHtml(runs: readonly RunRecord[]): string {
  const title = `Comparison of ${formatCount(runs.length, "run")}`;
  const warnings = comparisonWarnings(runs);
  const verdicts = factList(runs.map((run) => [run.name, escapeHtml(runVerdict(run))]));
  const body = [
    `<header><h1>${title}</h1></header>`,
    ...warnings.map(warning),
    `<h2>Results</h2><p class="soft">Before and after training, on held-out dialogues. Each interval compares a run with the child before training.${warnings.length === 0 ? " Two runs whose intervals do not overlap differ clearly." : ""}</p>${resultTable(runs)}${verdicts}`,
    seedSection(summarizeSeeds(runs)),
    `<h2>Options</h2>${optionTable(runs)}`,
    `<h2>Training</h2>${comparisonCharts(runs)}`,
  ].join("\n");
  return htmlPage({ title: `${title} · dialogue-ppo`, body, script: chartScript + printScript });
}
