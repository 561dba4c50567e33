import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import { holdsRun, readRunJson, runFolder } from "../run/folder.ts";
import { readJsonLines } from "../run/log-file.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { RunRecord } from "./record.ts";

/** Where `evaluate` leaves its figures in a folder. */
export const evaluationFile = (folder: string): string => path.join(folder, "evaluation.json");

/**
 * What a report needs of a run folder; a run that is under way is reported as far as it has come.
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
