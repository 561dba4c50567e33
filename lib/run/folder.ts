import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { parseJson, readTextFile } from "../input.ts";
import { listStepFolders, parseStepFolder, type StepFolder, stepFolder } from "./step-folders.ts";

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

/** `training_info.json` of a checkpoint. */
export interface TrainingInfo {
  readonly step: number;
  /** Number of finished passes over the data. */
  readonly epoch: number;
  /** Statistics of the step; null for a value that is not finite. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** Number of samples left out so far, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Number of dialogues that replaced samples left out so far. */
  readonly retries: number;
  /** sha256 of the data file. */
  readonly dataHash: string;
  /** sha256 of the models with which the run began. */
  readonly modelHashes: { readonly child: string; readonly teacher: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly threads: number;
}

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

/** Returns the file with the {@link TrainingInfo} of a checkpoint. */
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
  return existsSync(config) || existsSync(log) || listCheckpoints(root).length > 0;
}

/**
 * Reads a JSON file of a run.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the file cannot be read or is not JSON
 */
export function readRunJson<T>(file: string): T {
  const expected = "a JSON file that a run wrote";
  const text = readTextFile(file, "ERR_CHECKPOINT_FORMAT", expected);
  return parseJson(text, file, "ERR_CHECKPOINT_FORMAT", expected) as T;
}

/**
 * Finds a checkpoint by its folder, or in the folder of its run.
 *
 * @param target folder of a checkpoint or of a run
 * @param step step of the checkpoint to find in the folder of a run. Default: the newest.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when there is none
 */
export function locateCheckpoint(target: string, step?: number): Checkpoint & { readonly root: string } {
  const absolute = path.resolve(target);
  const checkpoint = parseStepFolder(absolute, CHECKPOINTS);
  if (checkpoint) return { ...checkpoint, root: path.dirname(absolute) };
  if (!existsSync(absolute)) {
    throw new DialoguePpoError(
      "ERR_CHECKPOINT_FORMAT",
      `${target} does not exist; expected a run folder or one of its checkpoint-step-N folders`,
    );
  }
  const all = listCheckpoints(absolute);
  const found = step === undefined ? all.at(-1) : all.find((checkpoint) => checkpoint.step === step);
  if (found) return { ...found, root: absolute };
  const steps = all.length > 0 ? `; it has steps ${all.map((one) => one.step).join(", ")}` : "";
  const wanted = step === undefined ? "no whole checkpoint" : `no checkpoint of step ${step}`;
  throw new DialoguePpoError(
    "ERR_CHECKPOINT_FORMAT",
    `${target} holds ${wanted}${steps}; expected a run folder or one of its checkpoint-step-N folders`,
  );
}

/** A checkpoint of a run, with the options of the run. */
export interface LocatedRun extends Checkpoint {
  /** Folder of the run. */
  readonly root: string;
  /** The resolved options of the run. */
  readonly config: Record<string, unknown>;
}

/**
 * Finds a checkpoint of a run and reads the options of the run.
 *
 * @param target folder of a checkpoint or of a run
 * @param step step of the checkpoint to find in the folder of a run. Default: the newest.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when there is no such checkpoint
 */
export function locateRun(target: string, step: number | undefined): LocatedRun {
  const found = locateCheckpoint(target, step);
  return { ...found, config: readRunJson(runFolder(found.root).config) };
}
