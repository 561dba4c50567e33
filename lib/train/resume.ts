import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import { TRAIN_OPTIONS, type TrainConfig } from "../options/train-config.ts";
import { requireIntactCheckpoint } from "../run/checkpoint-integrity.ts";
import {
  type Checkpoint,
  holdsRun,
  listCheckpointFolders,
  listCheckpoints,
  locateCheckpoint,
  runFolder,
  setAside,
  stateFolder,
} from "../run/folder.ts";
import { checkResume, type RunConfig, readRunOptions } from "../run/located-run.ts";
import { cutAfterStep } from "../run/log-file.ts";
import { warnAboutLogs } from "../run/manifest.ts";
import { checkSameData, checkUnchanged } from "../run/stored-config.ts";
import { readTrainingInfo, type TrainingInfo } from "../run/training-info.ts";
import { type LoopState, readLoopState } from "./loop-state.ts";

/** A checkpoint from which a run is resumed. */
export interface ResumePoint extends Checkpoint {
  /** Folder of the run. */
  readonly root: string;
  readonly state: LoopState;
  readonly info: TrainingInfo;
  /** The resolved options of the run. */
  readonly config: RunConfig;
  /** Compares the contents of the large files with the manifest, in the time that loading them takes. */
  readonly verify: () => Promise<void>;
}

/**
 * Finds the checkpoint from which a run is resumed.
 *
 * @param resume a run or checkpoint folder, or true or "auto" for the newest checkpoint in the output folder; only
 *   "auto" also begins a run where there is none
 * @param call.verify whether the contents of the files are compared with the manifest
 * @returns undefined for a new run: `resume` is absent or false, or the run in the output folder has no checkpoint yet
 * @throws DialoguePpoError ERR_CONFIG when `resume` is empty or the output folder holds no run; ERR_CHECKPOINT_FORMAT
 *   when the folder has no checkpoint, or none that can be resumed, or when a file of the checkpoint is damaged
 */
export async function findResumePoint(
  resume: string | boolean | undefined,
  outputDir: string,
  call: { readonly verify?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<ResumePoint | undefined> {
  if (resume === undefined || resume === false) return undefined;
  checkResume(resume);
  const automatic = resume === true || resume === "auto";
  if (automatic && listCheckpointFolders(outputDir).length === 0) {
    // A run that was stopped before its first checkpoint is begun anew.
    if (resume === "auto" || holdsRun(outputDir)) return undefined;
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--resume: ${outputDir} holds no run; expected the folder of one (--resume auto begins a run where there is none)`,
    );
  }
  const found = locateCheckpoint(automatic ? outputDir : resume);
  if (!existsSync(stateFolder(found.directory))) {
    const resumable = listCheckpoints(found.root).filter(({ directory }) =>
      existsSync(stateFolder(directory)),
    );
    const steps = resumable.map(({ step }) => step).join(" and ") || "none";
    throw new DialoguePpoError(
      "ERR_CHECKPOINT_FORMAT",
      `${found.directory} no longer has the state that resume needs; of this run, steps with it: ${steps}`,
    );
  }
  const verify = await requireIntactCheckpoint(found.root, found, { part: "state", ...call });
  const state = readLoopState(found.directory);
  const info = readTrainingInfo(found.directory);
  return { ...found, state, info, config: readRunOptions(found.root, found, info), verify };
}

/**
 * Checks that the options which must not change when a run is resumed are those of the run.
 * @throws DialoguePpoError ERR_CONFIG naming the first option that differs
 */
export function checkAgreement(config: TrainConfig, point: ResumePoint): void {
  checkUnchanged(
    TRAIN_OPTIONS,
    { ...config },
    { ...point.config },
    (flag, value, before) =>
      `${flag} ${value}: the run in ${point.root} has ${before}; resume with the same value, ` +
      "or begin a new run in another --output-dir",
  );
}

/**
 * Checks that data and models are those of the run.
 * @throws DialoguePpoError ERR_DATA, ERR_MODEL
 */
export function checkProvenance(
  provenance: Pick<TrainingInfo, "dataHash" | "modelHashes" | "tokenizerHashes">,
  point: ResumePoint,
): void {
  const { info, root } = point;
  checkSameData(provenance.dataHash, { root, dataHash: info.dataHash });
  for (const role of ["child", "teacher"] as const) {
    if (provenance.modelHashes[role] !== info.modelHashes[role]) {
      throw new DialoguePpoError("ERR_MODEL", `the ${role} is not the one the run in ${root} was begun with`);
    }
    const before = info.tokenizerHashes?.[role];
    if (before !== undefined && provenance.tokenizerHashes?.[role] !== before) {
      throw new DialoguePpoError(
        "ERR_TOKENIZER",
        `the ${role}'s tokenizer is not the one the run in ${root} was begun with; its files differ`,
      );
    }
  }
}

/** Warns about differences that can change the last bits of a resumed run. */
export function warnAboutDifferences(
  provenance: { threads: number; versions: Readonly<Record<string, string>> },
  point: ResumePoint,
  log: Logger,
): void {
  const { info } = point;
  if (provenance.threads !== info.threads) {
    log.warn(
      `the run used ${formatCount(info.threads, "thread")}, now ${provenance.threads}: figures may differ in the last bits`,
    );
  }
  if (provenance.versions.libtorch !== info.versions.libtorch) {
    log.warn(
      `the run used libtorch ${info.versions.libtorch}, now ${provenance.versions.libtorch}: figures may differ in the last bits`,
    );
  }
}

/**
 * Refuses an output folder that holds another run, or a file or folder that the run would overwrite.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function refuseOtherRun(outputDir: string): void {
  if (holdsRun(outputDir)) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${outputDir} holds a run already; pass --resume (from a program: resume: true) to continue it, or another --output-dir`,
    );
  }
  const { root: _, ...files } = runFolder(outputDir);
  // A checkpoint without its last file belongs to no run any more, but its weights can be the only ones.
  const checkpoints = listCheckpointFolders(outputDir).map(({ directory }) => path.resolve(directory));
  const taken = [...Object.values(files), ...checkpoints].find((file) => existsSync(file));
  if (taken === undefined) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${outputDir} holds no run, but a ${path.basename(taken)} that a run would write over; pass another --output-dir`,
  );
}

/** Takes a run back to the step from which it is resumed: removes later log lines and renames later checkpoints. */
export function rewind(point: ResumePoint, log: Logger): void {
  const folder = runFolder(point.root);
  warnAboutLogs(point.root, point.directory, log);
  for (const file of [folder.log, folder.samples]) cutAfterStep(file, point.step, log);
  const later = listCheckpointFolders(point.root).filter(({ step }) => step > point.step);
  for (const { step, directory } of later) {
    const aside = setAside(directory, `superseded-step-${step}`);
    log.warn(
      `checkpoint of step ${step} lies beyond the resumed step and is kept as ${path.basename(aside)}`,
    );
  }
}
