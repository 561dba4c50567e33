import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { listStepFolders, parseStepFolder, type StepFolder, stepFolder } from "./step-folders.ts";

/** Where the files of a run lie. */
export interface RunFolder {
  readonly root: string;
  /** One JSON line a step. */
  readonly log: string;
  /** The same objects as one JSON array, written when the run ends. */
  readonly logArray: string;
  readonly samples: string;
  /** The resolved options. */
  readonly config: string;
  /** The child before the first step, which the KL is measured against. */
  readonly reference: string;
  /** The semantic spaces that the reward uses, fixed when the run begins, as are calibration and preset. */
  readonly spaces: string;
  readonly calibration: string;
  /** The indices, weights and guards of the reward. */
  readonly scorePreset: string;
}

/** One whole checkpoint. */
export type Checkpoint = StepFolder;

/** `training_info.json` of a checkpoint. */
export interface TrainingInfo {
  readonly step: number;
  readonly epoch: number;
  readonly stats: Readonly<Record<string, number | null>>;
  /** Samples that were left out so far, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Dialogues that replaced dropped ones so far. */
  readonly retries: number;
  readonly dataHash: string;
  readonly modelHashes: { readonly child: string; readonly teacher: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly threads: number;
}

const INFO_FILE = "training_info.json";
/** File beside a model that `pretrain` made, with its data, split and figures. */
export const PRETRAINING_INFO = "pretraining_info.json";

const CHECKPOINTS = { prefix: "checkpoint-step-", marker: INFO_FILE };

/** Returns where the files of a run lie. */
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

export const checkpointFolder = (root: string, step: number): string => stepFolder(root, CHECKPOINTS, step);

export const infoFile = (checkpoint: string): string => path.join(checkpoint, INFO_FILE);
export const childFolder = (checkpoint: string): string => path.join(checkpoint, "child_model");
/** Everything that resume needs. Only the newest checkpoints have it. */
export const stateFolder = (checkpoint: string): string => path.join(checkpoint, "state");

/** Lists the whole checkpoints of a run, the oldest first. */
export const listCheckpoints = (root: string): Checkpoint[] => listStepFolders(root, CHECKPOINTS);

/**
 * Finds the child's folder where a model's folder is expected and a run or a checkpoint was given.
 * @returns undefined when the folder is neither
 */
export function findChildFolder(folder: string): string | undefined {
  const own = childFolder(folder);
  if (existsSync(own)) return own;
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
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export function readRunJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${file} cannot be read: ${reason}`, { cause });
  }
}

/**
 * Finds a checkpoint by its own path, or in the folder of its run.
 *
 * @param step in the folder of a run: which checkpoint; default: the newest
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when there is none
 */
export function locateCheckpoint(target: string, step?: number): Checkpoint & { readonly root: string } {
  const whole = path.resolve(target);
  const own = parseStepFolder(whole, CHECKPOINTS);
  if (own) return { ...own, root: path.dirname(whole) };
  if (!existsSync(whole)) {
    throw new DialoguePpoError(
      "ERR_CHECKPOINT_FORMAT",
      `${target} does not exist; expected a run folder or one of its checkpoint-step-N folders`,
    );
  }
  const all = listCheckpoints(whole);
  const found = step === undefined ? all.at(-1) : all.find((checkpoint) => checkpoint.step === step);
  if (found) return { ...found, root: whole };
  const there = all.length > 0 ? `; it has steps ${all.map((one) => one.step).join(", ")}` : "";
  const wanted = step === undefined ? "no whole checkpoint" : `no checkpoint of step ${step}`;
  throw new DialoguePpoError(
    "ERR_CHECKPOINT_FORMAT",
    `${target} holds ${wanted}${there}; expected a run folder or one of its checkpoint-step-N folders`,
  );
}
/** A checkpoint of a run, with the options of the run. */
export interface LocatedRun extends Checkpoint {
  readonly root: string;
  readonly config: Record<string, unknown>;
}

/**
 * Finds a checkpoint of a run: that of a step, or the newest.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export function locateRun(target: string, step: number | undefined): LocatedRun {
  const found = locateCheckpoint(target, step);
  return { ...found, config: readRunJson(runFolder(found.root).config) };
}
