import path from "node:path";
import { type CallOptions, checkCall } from "../call.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { refuseInputAsOutput } from "../files/output-place.ts";
import { type Logger, silentLogger } from "../log.ts";
import { checkValue, completeOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { REPORT_OPTIONS } from "../options/tables/report.ts";
import { RUN_OPTIONS } from "../options/tables/run.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import { evaluationFile } from "../run/evaluation-file.ts";
import { runFolder } from "../run/folder.ts";
import { comparisonHtml, comparisonWarnings } from "./comparison.ts";
import { reportHtml } from "./html.ts";
import { readRun } from "./read-run.ts";
import type { RunRecord } from "./record.ts";
import { runVerdict } from "./run-verdict.ts";
import { summarizeSeeds } from "./seeds.ts";

/** Options of {@link report}, the same as those of the `report` command. Several runs are compared on one page. */
export type ReportInput = Omit<OptionInput<typeof REPORT_OPTIONS>, "run"> & {
  readonly run?: string | readonly string[] | undefined;
};

/** Result of {@link report}. */
export interface ReportResult {
  /** Absolute path of the HTML file. */
  readonly output: string;
  /** Number of training steps in the report. */
  readonly steps: number;
  /**
   * The result in one sentence: that of the evaluation, or of the training when the run was not evaluated. For several
   * runs, that of the first.
   */
  readonly verdict: string;
  /** The runs in the report, in the given order. */
  readonly runs: readonly {
    readonly name: string;
    /** Number of training steps. */
    readonly steps: number;
    readonly verdict: string;
    /** Figures of its evaluation, as in evaluation.json; absent when the run was not evaluated. */
    readonly evaluation?: Pick<
      EvaluationRecord,
      "dialogues" | "reward" | "childScore" | "kl" | "perplexity" | "length" | "repetition"
    >;
  }[];
  /** Mean and standard deviation over runs that differ only in their seed, for each such setting. */
  readonly seeds: readonly ({
    /** What the names of the runs have in common, or all names. */
    readonly name: string;
    readonly runs: readonly string[];
    readonly seeds: readonly number[];
  } & Readonly<
    Record<
      "reward" | "childScore" | "kl" | "perplexity" | "length" | "repetition",
      Readonly<
        Record<
          "before" | "after" | "difference",
          { readonly mean: number | null; readonly sd: number | null }
        >
      >
    >
  >)[];
  /** For several runs: what keeps their results from being compared, as sentences. */
  readonly warnings: readonly string[];
}

type ReportedRun = ReportResult["runs"][number];

/** Describes a run for a program. */
function reportedRun(record: RunRecord): ReportedRun {
  const run = { name: record.name, steps: record.steps.length, verdict: runVerdict(record) };
  if (record.evaluation === undefined) return run;
  const { dialogues, reward, childScore, kl, perplexity, length, repetition } = record.evaluation;
  return { ...run, evaluation: { dialogues, reward, childScore, kl, perplexity, length, repetition } };
}

/** Returns the paths of the runs to report on. */
function runFolders(run: string | readonly string[] | undefined): readonly string[] {
  const folders = Array.isArray(run) ? run : run === undefined ? [] : [run];
  for (const folder of folders) checkValue(REPORT_OPTIONS.run, folder, "run");
  return folders.length === 0 ? [RUN_OPTIONS.outputDir.default] : folders;
}

/** Names runs by their folder, or by their path where two have the same name. */
function distinctNames(records: readonly RunRecord[], folders: readonly string[]): RunRecord[] {
  const names = records.map(({ name }) => name);
  return records.map((record, at) =>
    names.indexOf(record.name) === names.lastIndexOf(record.name)
      ? record
      : { ...record, name: folders[at] ?? record.name },
  );
}

/** Page of a report. */
interface WrittenReport {
  readonly records: readonly RunRecord[];
  /** The record of a report on one run; undefined when runs are compared. */
  readonly only: RunRecord | undefined;
  readonly file: string;
}

/** Reads the runs of a report and writes its page; `report` and the command line share it. */
export function writeReport(input: ReportInput, log: Logger): WrittenReport {
  const { run, ...rest } = input;
  const { output } = completeOptions(REPORT_OPTIONS, rest);
  const folders = runFolders(run);
  const [folder = ""] = folders;
  const records = distinctNames(
    folders.map((folder) => readRun(folder, log)),
    folders,
  );
  const only = records.length === 1 ? records[0] : undefined;
  const file = path.resolve(output ?? (only ? path.join(folder, "report.html") : "comparison.html"));
  for (const folder of folders) {
    const { log, samples, config } = runFolder(folder);
    refuseInputAsOutput(file, [log, samples, config, evaluationFile(folder)]);
  }
  writeFileAtomic(file, only ? reportHtml(only) : comparisonHtml(records));
  return { records, only, file };
}

/**
 * Writes the report of a run as a self-contained HTML page with training curves, samples, and the evaluation if there
 * is one; for several runs, a page that compares them. Replaces an existing file.
 *
 * @param call only `log` is used. Its methods should not be async functions: their promises are not awaited.
 * @throws DialoguePpoError ERR_DATA when a folder holds no run, ERR_CHECKPOINT_FORMAT when a file is damaged
 * @example
 * const { output, verdict } = report({ run: "run" });
 * console.log(output, verdict);
 */
export function report(input: ReportInput = {}, call: CallOptions = {}): ReportResult {
  checkCall("report", input, call);
  const { records, file } = writeReport(input, call.log ?? silentLogger);
  const runs = records.map(reportedRun);
  const steps = runs.reduce((sum, one) => sum + one.steps, 0);
  const { summaries: seeds, notes } = summarizeSeeds(records);
  const warnings = records.length > 1 ? [...comparisonWarnings(records), ...notes] : [];
  return { output: file, steps, verdict: runs[0]?.verdict ?? "", runs, seeds, warnings };
}
