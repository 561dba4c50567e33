import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import {
  holdsRun,
  infoFile,
  listCheckpoints,
  readRunJson,
  runFolder,
  type TrainingInfo,
} from "../run/folder.ts";
import { readLogFile } from "../run/log-file.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { RunRecord } from "./record.ts";

/** Returns the path of the file in which `evaluate` stores its results. */
export const evaluationFile = (folder: string): string => path.join(folder, "evaluation.json");

/**
 * Reads what a report needs from a run folder. The run may still be in progress.
 *
 * @param log receives a warning when the log has damaged lines, which are left out
 * @throws DialoguePpoError ERR_DATA when the folder holds no run, ERR_CHECKPOINT_FORMAT when a file is damaged
 */
export function readRun(folder: string, log: Logger): RunRecord {
  const root = path.resolve(folder);
  if (!holdsRun(root)) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${folder} holds no run; expected the --output-dir of a training run`,
    );
  }
  const files = runFolder(root);
  const evaluation = evaluationFile(root);
  const newest = listCheckpoints(root).at(-1);
  return {
    name: path.basename(root),
    config: existsSync(files.config) ? readRunJson(files.config) : {},
    steps: readLogFile<StepLog>(files.log, log),
    samples: readLogFile<SampleRecord>(files.samples, log),
    evaluation: existsSync(evaluation) ? readRunJson<EvaluationRecord>(evaluation) : undefined,
    info: newest && readRunJson<TrainingInfo>(infoFile(newest.directory)),
  };
}
