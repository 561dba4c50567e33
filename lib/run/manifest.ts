import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "../atomic.ts";
import { DialoguePpoError } from "../errors.ts";
import { hashFile } from "../hash.ts";
import { type Checkpoint, childFolder, listCheckpoints, readRunJson, stateFolder } from "./folder.ts";

/** Size and content of a file. */
interface FileEntry {
  /** Size in bytes. */
  readonly size: number;
  /** SHA-256 of the content, in hex. */
  readonly sha256: string;
}

/** What a folder with a manifest is. */
export interface FolderIdentity {
  /** Random name of the run to which the folder belongs. */
  readonly run: string;
  /** Step of a checkpoint; absent for the folder of the run. */
  readonly step?: number | undefined;
}

/** Content of manifest.json. */
interface Manifest extends FolderIdentity {
  /** Files of the folder, by their path with "/". */
  readonly files: Readonly<Record<string, FileEntry>>;
}

const MANIFEST_FILE = "manifest.json";

const manifestFile = (folder: string): string => path.join(folder, MANIFEST_FILE);

async function describeFile(file: string): Promise<FileEntry> {
  return { size: statSync(file).size, sha256: await hashFile(file) };
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
}

/**
 * Writes a manifest of the files in a folder. Write it when all files are complete.
 *
 * @param identity run and step of the folder
 * @param names paths of the files or folders to list, relative to the folder. Default: everything in the folder.
 */
export async function writeManifest(
  folder: string,
  identity: FolderIdentity,
  names?: readonly string[],
): Promise<void> {
  const isListed = (file: string): boolean =>
    file !== MANIFEST_FILE && (names?.some((name) => file === name || file.startsWith(`${name}/`)) ?? true);
  const files: Record<string, FileEntry> = {};
  for (const file of listFiles(folder).filter(isListed))
    files[file] = await describeFile(path.join(folder, file));
  writeFileAtomic(
    manifestFile(folder),
    `${JSON.stringify({ ...identity, files } satisfies Manifest, null, 2)}\n`,
  );
}

/**
 * Reads the manifest of a folder.
 * @returns undefined when the folder has none, because an older version wrote it
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it is damaged
 */
function readManifest(folder: string): Manifest | undefined {
  if (!existsSync(manifestFile(folder))) return undefined;
  const { run, step, files } = readRunJson<Partial<Manifest> | null>(manifestFile(folder)) ?? {};
  if (typeof run === "string" && typeof files === "object" && files !== null) return { run, step, files };
  throw new DialoguePpoError(
    "ERR_CHECKPOINT_FORMAT",
    `${manifestFile(folder)} is damaged; expected the name of a run and its files`,
  );
}

/** Returns the random name of the run in a folder; undefined when the folder has no manifest. */
export const readRunName = (folder: string): string | undefined => readManifest(folder)?.run;

/** Returns what is wrong with a file; undefined when it is as its entry says. */
async function findDeviation(file: string, entry: FileEntry): Promise<string | undefined> {
  if (!existsSync(file)) return "is missing";
  const { size } = statSync(file);
  if (size !== entry?.size) return `has ${size} bytes, but the manifest says ${entry?.size}`;
  const sha256 = await hashFile(file);
  if (sha256 === entry.sha256) return undefined;
  return `was changed: its SHA-256 is ${sha256}, but the manifest says ${entry.sha256}`;
}

/**
 * Compares the files of a folder with its manifest.
 *
 * @param part folder inside of `folder` to compare alone. Default: all files of the manifest.
 * @returns what differs first, as a sentence that begins with a path; undefined when all files agree, or when the folder has
 *   no manifest
 */
async function findDifference(folder: string, part?: string): Promise<string | undefined> {
  for (const [name, entry] of Object.entries(readManifest(folder)?.files ?? {})) {
    if (part !== undefined && !name.startsWith(`${part}/`)) continue;
    const file = path.join(folder, name);
    const deviation = await findDeviation(file, entry);
    if (deviation !== undefined) return `${file} ${deviation}`;
  }
  return undefined;
}

/** Part of a checkpoint that is used: everything for resuming, or only the child. */
export type CheckpointPart = "state" | "child";

/** Returns what is wrong with a checkpoint, as a sentence that begins with a path; undefined when nothing is. */
async function findDamage(
  root: string,
  checkpoint: Checkpoint,
  part: CheckpointPart,
): Promise<string | undefined> {
  const { step, directory } = checkpoint;
  const run = readRunName(root);
  const own = readManifest(directory);
  if ((run === undefined) !== (own === undefined) && own?.run !== "") {
    return `${manifestFile(run === undefined ? root : directory)} is missing`;
  }
  if ((own?.run ?? "") !== (run ?? "")) return `${directory} belongs to another run than ${root}`;
  if (own && own.step !== step)
    return `${directory} is the checkpoint of step ${own.step}, not of step ${step}`;
  return findDifference(directory, part === "child" ? path.basename(childFolder(directory)) : undefined);
}

/** Returns the newest checkpoint of a run that is whole and can be used in place of a damaged one. */
async function findWhole(root: string, damaged: string, part: CheckpointPart): Promise<string | undefined> {
  for (const checkpoint of listCheckpoints(root).toReversed()) {
    const { directory } = checkpoint;
    if (directory === damaged || (part === "state" && !existsSync(stateFolder(directory)))) continue;
    // A manifest that cannot be read counts as damage, too.
    const damage = await findDamage(root, checkpoint, part).catch((error: Error) => error.message);
    if (damage === undefined) return directory;
  }
  return undefined;
}

/**
 * Checks that a checkpoint, and the files of its run, have the contents with which they were written. Files of an older
 * version have no manifest and are not checked.
 *
 * @param root folder of the run
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT naming the file with both values, and the newest checkpoint that is whole
 */
export async function requireWhole(
  root: string,
  checkpoint: Checkpoint,
  part: CheckpointPart,
): Promise<void> {
  const damage = await findDamage(root, checkpoint, part);
  if (damage !== undefined) {
    const whole = await findWhole(root, checkpoint.directory, part);
    const remedy = whole === undefined ? "no other checkpoint of this run is whole" : `${whole} is whole`;
    throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${damage}; ${remedy}`);
  }
  const shared = await findDifference(root);
  if (shared === undefined) return;
  throw new DialoguePpoError(
    "ERR_CHECKPOINT_FORMAT",
    `${shared}; every checkpoint of this run needs this file, so restore it from a copy`,
  );
}
