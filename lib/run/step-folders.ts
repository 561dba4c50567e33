import { existsSync } from "node:fs";
import path from "node:path";
import { namesIn, statsOf } from "../files/file-error.ts";

/** A kind of folder that a run writes for some of its steps, such as checkpoints. */
export interface StepFolderKind {
  /** Start of a folder's name, which the step follows. */
  readonly prefix: string;
  /** Name of a file that every complete folder of the kind holds. */
  readonly marker: string;
}

/** A folder of a run that belongs to one step. */
export interface StepFolder {
  readonly step: number;
  readonly directory: string;
}

/**
 * Number of steps whose whole state a run keeps, with the optimizer: the newest, and the one before in case the newest
 * is lost.
 */
export const STATES_KEPT = 2;

/** Returns the folder of a step in a run. */
export const stepFolder = (root: string, { prefix }: StepFolderKind, step: number): string =>
  path.join(root, `${prefix}${step}`);

/**
 * Returns the step folder at a path by its name; undefined when the name is not of the kind, or when there is no
 * folder.
 */
export function parseStepFolder(directory: string, { prefix }: StepFolderKind): StepFolder | undefined {
  const name = path.basename(directory);
  const step = name.slice(prefix.length);
  if (!name.startsWith(prefix) || !/^\d{1,15}$/.test(step) || !existsSync(directory)) return undefined;
  return { step: Number(step), directory };
}

/**
 * Returns whether a folder is complete. A folder that is being written has another name, so one that is not complete
 * was damaged or copied in part.
 */
export const isComplete = ({ directory }: StepFolder, { marker }: StepFolderKind): boolean =>
  statsOf(path.join(directory, marker), "ERR_CHECKPOINT_FORMAT", "a file that this user can read") !==
  undefined;

/**
 * Lists all folders of one kind in a run, complete or not, the oldest first.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the folder may not be listed, or is none
 */
export function listAllStepFolders(root: string, kind: StepFolderKind): StepFolder[] {
  if (!statsOf(root, "ERR_CHECKPOINT_FORMAT", "the folder of a run")) return [];
  return namesIn(root, "ERR_CHECKPOINT_FORMAT", "the folder of a run that this user can list")
    .flatMap((name) => parseStepFolder(path.join(root, name), kind) ?? [])
    .toSorted((a, b) => a.step - b.step);
}

/** Lists the complete folders of one kind in a run, the oldest first. */
export const listStepFolders = (root: string, kind: StepFolderKind): StepFolder[] =>
  listAllStepFolders(root, kind).filter((folder) => isComplete(folder, kind));
