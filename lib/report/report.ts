import path from "node:path";
import { writeFileAtomic } from "../run/atomic.ts";
import { reportHtml } from "./html.ts";
import { readRun } from "./read-run.ts";

/** Options of {@link report}. */
export interface ReportInput {
  /** Folder of the run, which may still be in progress. Default `checkpoints_dialogue_ppo`. */
  readonly run?: string | undefined;
  /** File to write. Default: report.html in the run's folder. */
  readonly output?: string | undefined;
}

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
export function report({ run = "checkpoints_dialogue_ppo", output }: ReportInput = {}): ReportResult {
  const record = readRun(run);
  const file = path.resolve(output ?? path.join(run, "report.html"));
  writeFileAtomic(file, reportHtml(record));
  return { output: file, steps: record.steps.length };
}
