import { isDeepStrictEqual } from "node:util";
import { mean, standardDeviation } from "../mean.ts";
import { decimalsFor, fixed } from "../page/numbers.ts";
import { type Comparison, type EvaluationRecord, isOfOwnReward } from "../run/evaluation.ts";
import type { RunRecord } from "./record.ts";

/** The measures of an evaluation that are averaged over seeds. */
const MEASURES = ["reward", "childScore", "kl", "perplexity", "length", "repetition"] as const;

type Measure = (typeof MEASURES)[number];

/** Mean and standard deviation (with n - 1) of a figure over runs; null when a run does not have the figure. */
export interface Spread {
  readonly mean: number | null;
  readonly sd: number | null;
}

/** A measure over runs: before training, after it, and the change of each run. */
export type SpreadComparison = Readonly<Record<"before" | "after" | "difference", Spread>>;

/** Runs that differ only in their seed, and the means of their evaluations. */
export interface SeedSummary {
  /** What the names of the runs have in common, or all names. */
  readonly name: string;
  readonly runs: readonly string[];
  readonly seeds: readonly number[];
  readonly reward: SpreadComparison;
  readonly childScore: SpreadComparison;
  readonly kl: SpreadComparison;
  readonly perplexity: SpreadComparison;
  readonly length: SpreadComparison;
  readonly repetition: SpreadComparison;
}

/** Means over seeds, and sentences on what to know about them. */
export interface SeedSummaries {
  readonly summaries: readonly SeedSummary[];
  readonly notes: readonly string[];
}

/** Options that change no figure of a run, or figures by rounding only. */
const WITHOUT_EFFECT = new Set([
  "outputDir",
  "device",
  "threads",
  "stopAfter",
  "checkpointInterval",
  "samplesPerStep",
  "stopOn",
  "rewardTimeout",
  "teacherTimeout",
  "wandbProject",
  "watch",
  "tensorboard",
]);

/** What an evaluation says of the models and of the score. The dialogues and the seed may differ. */
const SAME_SETTING = ["before", "after", "teacher", "scorePreset", "indexMode", "scoredText", "maxNewTokens"];

type EvaluatedRun = RunRecord & { readonly evaluation: EvaluationRecord };

const seedOf = ({ config }: RunRecord): number | undefined =>
  typeof config.seed === "number" ? config.seed : undefined;

/** Returns everything that runs must have in common to differ only in their seed. */
function withoutSeed({ config, info, evaluation }: EvaluatedRun): unknown {
  const options = Object.entries(config).filter(
    ([name, value]) => name !== "seed" && !WITHOUT_EFFECT.has(name) && value !== undefined && value !== null,
  );
  const { samplesPerPrompt, setting = {} } = evaluation;
  return {
    options: Object.fromEntries(options),
    files: info && { data: info.dataHash, ...info.modelHashes },
    samplesPerPrompt,
    setting: SAME_SETTING.map((name) => setting[name]),
    ownReward: isOfOwnReward(evaluation),
  };
}

/** Puts runs together that differ only in their seed, in the order of the first run of each group. */
function groupRuns(runs: readonly RunRecord[]): EvaluatedRun[][] {
  const groups: { readonly key: unknown; readonly runs: EvaluatedRun[] }[] = [];
  for (const run of runs) {
    const { evaluation } = run;
    if (evaluation === undefined || seedOf(run) === undefined) continue;
    const evaluated = { ...run, evaluation };
    const key = withoutSeed(evaluated);
    const group = groups.find((one) => isDeepStrictEqual(one.key, key));
    if (group) group.runs.push(evaluated);
    else groups.push({ key, runs: [evaluated] });
  }
  return groups.map((group) => group.runs).filter(({ length }) => length > 1);
}

function spread(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  // A mean over other runs than the text names would mislead.
  if (known.length < values.length) return { mean: null, sd: null };
  return { mean: mean(known), sd: standardDeviation(known) };
}

const spreadOf = (comparisons: readonly Comparison[]): SpreadComparison => ({
  before: spread(comparisons.map(({ before }) => before)),
  after: spread(comparisons.map(({ after }) => after)),
  difference: spread(comparisons.map(({ difference }) => difference)),
});

/** Returns the beginning that names have in common, without separators, digits and the word "seed" at its end. */
function commonName(names: readonly string[]): string {
  const [first = ""] = names;
  const differs = (at: number): boolean => names.some((name) => name[at] !== first[at]);
  const end = Array.from(first).findIndex((_, at) => differs(at));
  const start = first.slice(0, end < 0 ? first.length : end);
  return start.replace(/(?:[-_. /]+(?:seeds?|s)?|seed)?[-_. /]*\d*$/i, "");
}

function summaryOf(group: readonly EvaluatedRun[]): SeedSummary {
  const runs = group.map(({ name }) => name);
  const measures = MEASURES.map((measure) => [
    measure,
    spreadOf(group.map(({ evaluation }) => evaluation[measure])),
  ]);
  return {
    name: commonName(runs) || runs.join(", "),
    runs,
    seeds: group.map((run) => seedOf(run) as number),
    ...(Object.fromEntries(measures) as Record<Measure, SpreadComparison>),
  };
}

/** Returns means and standard deviations over runs that differ only in their seed. */
export function summarizeSeeds(runs: readonly RunRecord[]): SeedSummaries {
  const notes: string[] = [];
  const summaries: SeedSummary[] = [];
  for (const group of groupRuns(runs)) {
    const names = group.map(({ name }) => name).join(", ");
    if (new Set(group.map(seedOf)).size < group.length) {
      notes.push(
        `${names} have the same options, and some of them the same seed; such runs are no independent runs, so they have no mean over seeds.`,
      );
      continue;
    }
    if (group.some(({ evaluation }) => isOfOwnReward(evaluation))) {
      notes.push(
        `${names} were trained with a reward of a program; their mean over seeds assumes that it was the same one.`,
      );
    }
    summaries.push(summaryOf(group));
  }
  const isTwice = (name: string): boolean => summaries.filter((one) => one.name === name).length > 1;
  return {
    summaries: summaries.map((one) => (isTwice(one.name) ? { ...one, name: one.runs.join(", ") } : one)),
    notes,
  };
}

/** Returns a mean and its standard deviation, with two digits of the latter unless it is tiny: "+0.0625 ± 0.0041". */
export function spreadText({ mean, sd }: Spread, signed = true): string {
  if (mean === null || sd === null) return "–";
  // Equal values can have a deviation of 1e-17.
  const decimals = Math.min(decimalsFor([sd]), decimalsFor([mean]) + 2);
  return `${fixed(mean, decimals, signed)} ± ${fixed(sd, decimals)}`;
}
