import path from "node:path";
import { writeFileAtomic } from "../atomic.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { REPORT_OPTIONS } from "../options/tables/report.ts";
import { RUN_OPTIONS } from "../options/tables/run.ts";
import { reportHtml } from "./html.ts";
import { readRun } from "./read-run.ts";

/** Options of {@link report}: those of the command `report`. */
export type ReportInput = OptionInput<typeof REPORT_OPTIONS>;

/** The page that was written. */
export interface ReportResult {
  readonly output: string;
  /** Number of steps that the page shows. */
  readonly steps: number;
}

/**
 * Writes a self-contained HTML page of a run: curves, samples, and the evaluation when there is one.
 *
 * @throws DialoguePpoError ERR_DATA when the folder holds no run, ERR_CHECKPOINT_FORMAT when a file is damaged
 * @example
 * const { output } = report({ run: "run" });
 * console.log(output);
 */
export function report(input: ReportInput = {}): ReportResult {
  const { run = RUN_OPTIONS.outputDir.default, output } = splitOptions(REPORT_OPTIONS, input).own;
  const record = readRun(run);
  const file = path.resolve(output ?? path.join(run, "report.html"));
  writeFileAtomic(file, reportHtml(record));
  return { output: file, steps: record.steps.length };
}
