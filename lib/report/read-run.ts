import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import { holdsRun, readRunJson, runFolder } from "../run/folder.ts";
import { readJsonLines } from "../run/log-file.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { RunRecord } from "./record.ts";

/** Returns the path of the file in which `evaluate` stores its results. */
export const evaluationFile = (folder: string): string => path.join(folder, "evaluation.json");

/**
 * Reads what a report needs from a run folder. The run may still be in progress.
 *
 * @throws DialoguePpoError ERR_DATA when the folder holds no run, ERR_CHECKPOINT_FORMAT when a file is damaged
 */
export function readRun(folder: string): RunRecord {
  const root = path.resolve(folder);
  if (!holdsRun(root)) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${folder} holds no run; expected the --output-dir of a training run`,
    );
  }
  const { config, log, samples } = runFolder(root);
  const evaluation = evaluationFile(root);
  return {
    name: path.basename(root),
    config: existsSync(config) ? readRunJson(config) : {},
    steps: readJsonLines<StepLog>(log),
    samples: readJsonLines<SampleRecord>(samples),
    evaluation: existsSync(evaluation) ? readRunJson<EvaluationRecord>(evaluation) : undefined,
  };
}
