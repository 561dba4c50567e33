import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { evaluationFile, readEvaluation } from "../run/evaluation-file.ts";
import { holdsRun, listCheckpoints, runFolder } from "../run/folder.ts";
import { readGuardLimits } from "../run/guards.ts";
import { readRunConfig } from "../run/located-run.ts";
import { warnAboutLogs } from "../run/manifest.ts";
import { readSamples, readStepLog } from "../run/records.ts";
import { readTrainingInfo } from "../run/training-info.ts";
import type { RunRecord } from "./record.ts";

/**
 * Reads what a report needs from a run folder, with its evaluation if there is one. The run may still be in progress.
 *
 * @param log receives a warning when the log has damaged lines, which are left out
 * @throws DialoguePpoError ERR_DATA when the folder holds no run, ERR_CHECKPOINT_FORMAT when a file is damaged
 */
export function readRun(folder: string, log: Logger): RunRecord {
  const record = readTraining(folder, log);
  const file = evaluationFile(path.resolve(folder));
  return existsSync(file) ? { ...record, evaluation: readEvaluation(file) } : record;
}

/**
 * Reads what a report needs of the training of a run.
 *
 * @param log receives a warning when a log has damaged lines, which are left out, or was changed
 * @throws DialoguePpoError ERR_DATA when the folder holds no run, ERR_CHECKPOINT_FORMAT when a file is damaged
 */
export function readTraining(folder: string, log: Logger): RunRecord {
  const root = path.resolve(folder);
  if (!holdsRun(root)) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${folder} holds no run; expected the --output-dir of a training run`,
    );
  }
  const files = runFolder(root);
  const newest = listCheckpoints(root).at(-1);
  if (newest) warnAboutLogs(root, newest.directory, log);
  const info = newest && readTrainingInfo(newest.directory);
  return {
    name: path.basename(root),
    config: info || existsSync(files.config) ? readRunConfig(root, info) : {},
    steps: readStepLog(files.log, log),
    samples: readSamples(files.samples, log),
    guards: readGuardLimits(files.scorePreset),
    evaluation: undefined,
    info,
  };
}
