import { existsSync, renameSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { statsOf } from "../files/file-error.ts";
import {
  isComplete,
  listAllStepFolders,
  listStepFolders,
  parseStepFolder,
  type StepFolder,
  stepFolder,
} from "./step-folders.ts";

/** The files in the folder of a run. */
export interface RunFolder {
  /** The folder itself. */
  readonly root: string;
  /** Log with one JSON line per step. */
  readonly log: string;
  /** The same objects as one JSON array, written when the run ends. */
  readonly logArray: string;
  /** Samples of the steps, one JSON line per sample. */
  readonly samples: string;
  /** The resolved options. */
  readonly config: string;
  /** Folder of the child before the first step, from which the KL divergence is measured. */
  readonly reference: string;
  /** Folder of the semantic spaces that the reward uses. They do not change during the run. */
  readonly spaces: string;
  /** Statistics of the indices, which do not change during the run. */
  readonly calibration: string;
  /** The indices, weights and guards of the reward. */
  readonly scorePreset: string;
}

/** A complete checkpoint. */
export type Checkpoint = StepFolder;

const INFO_FILE = "training_info.json";
/** File in a model folder that `pretrain` wrote, with the data, the split and the results of the training. */
export const PRETRAINING_INFO = "pretraining_info.json";

const CHECKPOINTS = { prefix: "checkpoint-step-", marker: INFO_FILE };

/** Returns the files in the folder of a run. */
export function runFolder(root: string): RunFolder {
  const at = (name: string): string => path.join(root, name);
  return {
    root,
    log: at("training_log.jsonl"),
    logArray: at("training_log.json"),
    samples: at("samples.jsonl"),
    config: at("config.json"),
    reference: at("reference"),
    spaces: at("spaces"),
    calibration: at("calibration.json"),
    scorePreset: at("score_preset.json"),
  };
}

/** Returns the folder of a checkpoint. */
export const checkpointFolder = (root: string, step: number): string => stepFolder(root, CHECKPOINTS, step);

/** Returns the file with the `TrainingInfo` of a checkpoint. */
export const infoFile = (checkpoint: string): string => path.join(checkpoint, INFO_FILE);
/** Returns the folder of a checkpoint's child, a model folder. */
export const childFolder = (checkpoint: string): string => path.join(checkpoint, "child_model");
/** Returns the folder of the state from which a run is resumed. Only the newest checkpoints have it. */
export const stateFolder = (checkpoint: string): string => path.join(checkpoint, "state");

/** Lists the complete checkpoints of a run, the oldest first. */
export const listCheckpoints = (root: string): Checkpoint[] => listStepFolders(root, CHECKPOINTS);

/**
 * Finds the child in the folder of a run or a checkpoint, for users who gave this folder in place of a model's.
 * @returns undefined when the folder is neither a run nor a checkpoint
 */
export function findChildFolder(folder: string): string | undefined {
  const child = childFolder(folder);
  if (existsSync(child)) return child;
  const newest = listCheckpoints(folder).at(-1);
  return newest && childFolder(newest.directory);
}

/** Returns whether a folder holds a run, finished or not. */
export function holdsRun(root: string): boolean {
  const { config, log } = runFolder(root);
  const isThere = (file: string): boolean =>
    statsOf(file, "ERR_CHECKPOINT_FORMAT", "a file of a run") !== undefined;
  return isThere(config) || isThere(log) || listCheckpoints(root).length > 0;
}

/** Lists all folders of checkpoints of a run, damaged ones too, the oldest first. */
export const listCheckpointFolders = (root: string): Checkpoint[] => listAllStepFolders(root, CHECKPOINTS);

/**
 * Renames the folder of a checkpoint, so that it does not count as one any more.
 *
 * @param name new name. A number follows it if there is such a folder already.
 * @returns the new path
 */
export function setAside(checkpoint: string, name: string): string {
  const root = path.dirname(checkpoint);
  for (let number = 1; ; number++) {
    const place = path.join(root, number === 1 ? name : `${name}-${number}`);
    if (existsSync(place)) continue;
    renameSync(checkpoint, place);
    return place;
  }
}

function fail(message: string): never {
  throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", message);
}

/** @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the checkpoint is not complete, naming the newest one that is */
function requireComplete(checkpoint: Checkpoint): Checkpoint & { readonly root: string } {
  const root = path.dirname(checkpoint.directory);
  if (isComplete(checkpoint, CHECKPOINTS)) return { ...checkpoint, root };
  const other = listCheckpoints(root).at(-1);
  const remedy = other ? `the newest that is complete is ${other.directory}` : "no other is complete";
  return fail(`${infoFile(checkpoint.directory)} is missing, so this checkpoint is damaged; ${remedy}`);
}

/**
 * Finds a checkpoint by its folder, or in the folder of its run.
 *
 * @param target folder of a checkpoint or of a run
 * @param step step of the checkpoint to find in the folder of a run. Default: the newest.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when there is none, or when it is not complete
 */
export function locateCheckpoint(target: string, step?: number): Checkpoint & { readonly root: string } {
  const absolute = path.resolve(target);
  const expected = "expected a run folder or one of its checkpoint-step-N folders";
  const checkpoint = parseStepFolder(absolute, CHECKPOINTS);
  if (checkpoint) return requireComplete(checkpoint);
  const stats = statsOf(absolute, "ERR_CHECKPOINT_FORMAT", "a run folder");
  if (stats === undefined) return fail(`${target} does not exist; ${expected}`);
  if (!stats.isDirectory()) return fail(`${target} is a file; ${expected}`);
  const all = listCheckpointFolders(absolute);
  const found = step === undefined ? all.at(-1) : all.find((checkpoint) => checkpoint.step === step);
  if (found) return requireComplete(found);
  const steps = all.length > 0 ? `; it has steps ${all.map((one) => one.step).join(", ")}` : "";
  const wanted = step === undefined ? "no checkpoint" : `no checkpoint of step ${step}`;
  return fail(`${target} holds ${wanted}${steps}; ${expected}`);
}
