import path from "node:path";
import { writeFileAtomic } from "../atomic.ts";
import type { CallOptions } from "../call.ts";
import { silentLogger } from "../log.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { REPORT_OPTIONS } from "../options/tables/report.ts";
import { RUN_OPTIONS } from "../options/tables/run.ts";
import { reportHtml } from "./html.ts";
import { readRun } from "./read-run.ts";
import { runVerdict } from "./run-verdict.ts";

/** Options of {@link report}, the same as those of the `report` command. */
export type ReportInput = OptionInput<typeof REPORT_OPTIONS>;

/** Result of {@link report}. */
export interface ReportResult {
  /** Absolute path of the HTML file. */
  readonly output: string;
  /** Number of training steps in the report. */
  readonly steps: number;
  /** The result in one sentence: that of the evaluation, or of the training when the run was not evaluated. */
  readonly verdict: string;
}

/**
 * Writes the report of a run as a self-contained HTML page with training curves, samples, and the evaluation if there
 * is one. Replaces an existing file.
 *
 * @throws DialoguePpoError ERR_DATA when the folder holds no run, ERR_CHECKPOINT_FORMAT when a file is damaged
 * @example
 * const { output } = report({ run: "run" });
 * console.log(output);
 */
export function report(input: ReportInput = {}, { log = silentLogger }: CallOptions = {}): ReportResult {
  const { run = RUN_OPTIONS.outputDir.default, output } = splitOptions(REPORT_OPTIONS, input).own;
  const record = readRun(run, log);
  const file = path.resolve(output ?? path.join(run, "report.html"));
  writeFileAtomic(file, reportHtml(record));
  return { output: file, steps: record.steps.length, verdict: runVerdict(record) };
}
