import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";

/** Where things lie in a run folder. */
export interface RunFolder {
  readonly root: string;
  /** One line a step. */
  readonly log: string;
  /** The same as one array, written when the run ends. */
  readonly logArray: string;
  readonly samples: string;
  /** The resolved options. */
  readonly config: string;
  /** The child before the first step, which the KL is measured against; once a run. */
  readonly reference: string;
  /** Semantic spaces and calibration that the reward uses, fixed at the run's beginning. */
  readonly spaces: string;
  readonly calibration: string;
  /** Its indices, weights and guards. */
  readonly scorePreset: string;
}

/** One whole checkpoint. */
export interface Checkpoint {
  readonly step: number;
  readonly directory: string;
}

/** `training_info.json` of a checkpoint. */
export interface TrainingInfo {
  readonly step: number;
  readonly epoch: number;
  readonly stats: Readonly<Record<string, number | null>>;
  /** Samples left out so far, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Dialogues taken in place of dropped ones so far. */
  readonly retries: number;
  readonly dataHash: string;
  readonly modelHashes: { readonly child: string; readonly teacher: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly threads: number;
}

const CHECKPOINT = /^checkpoint-step-(\d+)$/;

/** Names of the files of a run. */
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

export const checkpointFolder = (root: string, step: number): string =>
  path.join(root, `checkpoint-step-${step}`);

export const infoFile = (checkpoint: string): string => path.join(checkpoint, "training_info.json");
export const childFolder = (checkpoint: string): string => path.join(checkpoint, "child_model");
/** What resume needs; kept in the newest checkpoints only. */
export const stateFolder = (checkpoint: string): string => path.join(checkpoint, "state");

/** Whole checkpoints of a run, oldest first; a folder that was being written has another name. */
export function listCheckpoints(root: string): Checkpoint[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => ({ name, step: Number(CHECKPOINT.exec(name)?.[1]) }))
    .filter(({ step }) => Number.isInteger(step))
    .map(({ name, step }) => ({ step, directory: path.join(root, name) }))
    .filter(({ directory }) => existsSync(infoFile(directory)))
    .sort((a, b) => a.step - b.step);
}

/**
 * The child that was meant by a folder of a run, or of its checkpoint, where a model's folder is expected.
 * @returns undefined when the folder is neither
 */
export function findChildFolder(folder: string): string | undefined {
  const own = childFolder(folder);
  if (existsSync(own)) return own;
  const newest = listCheckpoints(folder).at(-1);
  return newest && childFolder(newest.directory);
}

/** Whether a folder holds a run, begun or finished. */
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
 * The checkpoint a path means: itself, or the newest of a run folder.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when there is none
 */
export function locateCheckpoint(target: string, step?: number): Checkpoint & { readonly root: string } {
  const whole = path.resolve(target);
  const own = Number(CHECKPOINT.exec(path.basename(whole))?.[1]);
  if (Number.isInteger(own) && existsSync(infoFile(whole))) {
    return { step: own, directory: whole, root: path.dirname(whole) };
  }
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
