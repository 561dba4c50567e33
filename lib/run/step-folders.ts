import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

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

/** Returns the folder of a step in a run. */
export const stepFolder = (root: string, { prefix }: StepFolderKind, step: number): string =>
  path.join(root, `${prefix}${step}`);

/** Returns the step folder at a path; undefined when the path is no complete folder of the kind. */
export function parseStepFolder(
  directory: string,
  { prefix, marker }: StepFolderKind,
): StepFolder | undefined {
  const name = path.basename(directory);
  const step = name.slice(prefix.length);
  if (!name.startsWith(prefix) || !/^\d+$/.test(step)) return undefined;
  return existsSync(path.join(directory, marker)) ? { step: Number(step), directory } : undefined;
}

/** Lists the complete folders of one kind in a run, the oldest first. A folder that is being written has another name. */
export function listStepFolders(root: string, kind: StepFolderKind): StepFolder[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .flatMap((name) => parseStepFolder(path.join(root, name), kind) ?? [])
    .toSorted((a, b) => a.step - b.step);
}
