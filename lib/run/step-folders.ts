import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** What a run's folders of one kind have in common, such as its checkpoints. */
export interface StepFolderKind {
  /** Stands before the step in a folder's name. */
  readonly prefix: string;
  /** A file that every whole folder of the kind holds. */
  readonly marker: string;
}

/** A folder of a run that belongs to one step. */
export interface StepFolder {
  readonly step: number;
  readonly directory: string;
}

/** Returns where the folder of a step lies in a run. */
export const stepFolder = (root: string, { prefix }: StepFolderKind, step: number): string =>
  path.join(root, `${prefix}${step}`);

/** Returns what a path names when it is a whole folder of the kind, else undefined. */
export function parseStepFolder(
  directory: string,
  { prefix, marker }: StepFolderKind,
): StepFolder | undefined {
  const name = path.basename(directory);
  const step = name.slice(prefix.length);
  if (!name.startsWith(prefix) || !/^\d+$/.test(step)) return undefined;
  return existsSync(path.join(directory, marker)) ? { step: Number(step), directory } : undefined;
}

/** Lists the whole folders of one kind in a run, the oldest first. A folder that is being written has another name. */
export function listStepFolders(root: string, kind: StepFolderKind): StepFolder[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .flatMap((name) => parseStepFolder(path.join(root, name), kind) ?? [])
    .toSorted((a, b) => a.step - b.step);
}
