import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { describeForeignContent, describeSpecialFile } from "../files/file-kind.ts";
import { formatJson } from "../format.ts";
import { hashFile, hashStart } from "../hash.ts";
import type { Logger } from "../log.ts";
import { countSchema, RUN_FILE } from "./training-info.ts";

/** Size and content of a file. */
export interface FileEntry {
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
  /**
   * The logs of the run when the checkpoint was written, by their names in the folder of the run. They grow afterwards,
   * so an entry describes their first bytes.
   */
  readonly logs?: Readonly<Record<string, FileEntry>> | undefined;
}

/** Content of manifest.json. */
export interface Manifest extends FolderIdentity {
  /** Files of the folder, by their path with "/". */
  readonly files: Readonly<Record<string, FileEntry>>;
}

const MANIFEST_FILE = "manifest.json";

/** Returns the file with the manifest of a folder. */
export const manifestFile = (folder: string): string => path.join(folder, MANIFEST_FILE);

const relativePath = z
  .string()
  .refine((name) => !path.posix.isAbsolute(name) && !name.split("/").includes(".."), {
    message: "expected a path inside of the folder",
  });
const entries = z.record(
  relativePath,
  z.object({ size: countSchema, sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits") }),
);
const FORMAT: JsonFormat<Manifest> = {
  ...RUN_FILE,
  expected: "the name of a run and its files",
  schema: z.object({
    run: z.string(),
    step: countSchema.optional(),
    logs: entries.optional(),
    files: entries,
  }),
};

async function describeFile(file: string): Promise<FileEntry> {
  return { size: statSync(file).size, sha256: await hashFile(file) };
}

/**
 * Describes the logs of a run for the manifest of a checkpoint. Logs that do not exist are left out.
 * @throws DialoguePpoError ERR_CONFIG for a pipe or a device
 */
export async function describeLogs(files: readonly string[]): Promise<Record<string, FileEntry>> {
  const logs: Record<string, FileEntry> = {};
  for (const file of files.filter((each) => existsSync(each))) {
    // Reading a pipe to which nobody writes would never end.
    const special = describeSpecialFile(file);
    if (special !== undefined) throw new DialoguePpoError("ERR_CONFIG", `${file} ${special}`);
    logs[path.basename(file)] = await describeFile(file);
  }
  return logs;
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
 * @param identity run, step and logs of the folder
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
  writeFileAtomic(manifestFile(folder), formatJson({ ...identity, files } satisfies Manifest));
}

/**
 * Reads the manifest of a folder.
 * @returns undefined when the folder has none, because an older version wrote it
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it is damaged
 */
export const readManifest = (folder: string): Manifest | undefined =>
  existsSync(manifestFile(folder)) ? readJson(manifestFile(folder), FORMAT) : undefined;

/** How the files of a folder are compared with their manifest. */
export interface ManifestCheck {
  /** Files and folders inside of the folder to compare alone. Default: all files of the manifest. */
  readonly parts?: readonly string[] | undefined;
  /** Which files are hashed; of others only the size is compared. */
  readonly hash: "all" | "small" | "none";
  /** Ends the check with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** Files of at most this many bytes are hashed at once: it takes a millisecond. */
const SMALL_BYTES = 2 ** 20;

/** Returns what is wrong with a file; undefined when it is as its entry says. */
async function findDeviation(
  file: string,
  entry: FileEntry,
  { hash, signal }: ManifestCheck,
): Promise<string | undefined> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return "is missing";
  if (!found.isFile()) return "is not a file";
  if (found.size !== entry.size) {
    const foreign = describeForeignContent(file, "weights");
    const reason = foreign === undefined ? "" : `; it ${foreign}`;
    return `has ${found.size} bytes, but the manifest says ${entry.size}${reason}`;
  }
  if (hash === "none" || (hash === "small" && found.size > SMALL_BYTES)) return undefined;
  const sha256 = await hashFile(file, { signal });
  if (sha256 === entry.sha256) return undefined;
  return `was changed: its SHA-256 is ${sha256}, but the manifest says ${entry.sha256}`;
}

/**
 * Compares the files of a folder with its manifest.
 * @returns what differs first, as a sentence that begins with a path; undefined when all files agree, or when the
 *   folder has no manifest
 */
export async function findDifference(folder: string, check: ManifestCheck): Promise<string | undefined> {
  const { parts } = check;
  for (const [name, entry] of Object.entries(readManifest(folder)?.files ?? {})) {
    if (parts && !parts.some((part) => name === part || name.startsWith(`${part}/`))) continue;
    const file = path.join(folder, name);
    const deviation = await findDeviation(file, entry, check);
    if (deviation !== undefined) return `${file} ${deviation}`;
  }
  return undefined;
}

/** Returns what is wrong with a log; undefined when its first bytes are as its entry says. */
function findLogDeviation(file: string, { size, sha256 }: FileEntry): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return "is missing";
  if (!found.isFile()) return "is not a file";
  return found.size >= size && hashStart(file, size) === sha256 ? undefined : "was changed";
}

/**
 * Warns when the logs of a run are not as they were when a checkpoint was written. A log shows what happened, so
 * nothing else depends on it.
 *
 * @param root folder of the run
 */
export function warnAboutLogs(root: string, checkpoint: string, log: Logger): void {
  for (const [name, entry] of Object.entries(readManifest(checkpoint)?.logs ?? {})) {
    const file = path.join(root, name);
    const deviation = findLogDeviation(file, entry);
    if (deviation === undefined) continue;
    log.warn(
      `${file} ${deviation} since ${path.basename(checkpoint)} was written; its figures can be wrong or missing`,
    );
  }
}
