import { copyFile, lstat, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { isAbsence, readError } from "../files/file-error.ts";
import { makeFolders } from "../files/make-folders.ts";
import type { HubEnvironment } from "./environment.ts";
import { missingFiles, type RepositoryContent } from "./select.ts";

/**
 * Returns what a reading of the file system gives, or a value in its place when there is no such file. What may not be
 * read is not absent: it would be looked for on the hub, or be downloaded once more.
 */
async function unlessAbsent<T, U>(file: string, read: Promise<T>, absent: U): Promise<T | U> {
  try {
    return await read;
  } catch (cause) {
    if (isAbsence(cause)) return absent;
    throw readError(file, cause, "ERR_MODEL", "a file or folder that this user can read");
  }
}

/**
 * Returns the size of a file or folder in bytes; undefined when there is none. A link whose target was deleted does not
 * count.
 * @throws DialoguePpoError ERR_MODEL when it may not be read
 */
export const sizeOf = async (file: string): Promise<number | undefined> =>
  (await unlessAbsent(file, stat(file), undefined))?.size;

/** Returns whether a file or folder exists, as {@link sizeOf} does. */
export const exists = async (file: string): Promise<boolean> => (await sizeOf(file)) !== undefined;

/** Returns the folder of a repository in the cache. */
export function repositoryFolder(hub: HubEnvironment, id: string): string {
  return path.join(hub.cacheRoot, `models--${id.replaceAll("/", "--")}`);
}

/** Returns the file that holds the commit of a branch or tag. */
export const refFile = (repository: string, revision: string): string =>
  path.join(repository, "refs", ...revision.split("/"));

/** Returns the commit of a branch or tag that the cache has; an empty text when it has none. */
export async function storedCommit(repository: string, revision: string): Promise<string> {
  const file = refFile(repository, revision);
  // A folder holds the commits of branches whose names begin with this one.
  if ((await unlessAbsent(file, stat(file), undefined))?.isFile() !== true) return "";
  return (await unlessAbsent(file, readFile(file, "utf8"), "")).trim();
}

/** The snapshot of a revision in the cache. */
export interface CachedSnapshot {
  readonly folder: string;
  /** What it lacks of the wanted part; empty when it is complete. */
  readonly missing: readonly string[];
}

/** Finds the snapshot of a revision in the cache; returns undefined when there is none. */
export async function findSnapshot(
  repository: string,
  revision: string,
  wanted: RepositoryContent,
): Promise<CachedSnapshot | undefined> {
  const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);
  const commit = isCommit(revision) ? revision : await storedCommit(repository, revision);
  if (!isCommit(commit)) return undefined;
  const folder = path.join(repository, "snapshots", commit);
  return (await exists(folder)) ? { folder, missing: missingFiles(folder, wanted) } : undefined;
}

/** Copies a file. A copy that is not complete never has the final name. */
async function copyWhole(source: string, target: string): Promise<void> {
  const partial = `${target}.partial-${process.pid}`;
  try {
    await copyFile(source, partial);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/**
 * Creates a relative link from a snapshot entry to its blob. Where there can be no links (Windows, some network
 * drives), it copies the blob, as Python's client does after any error.
 */
export async function linkBlob(blob: string, entry: string): Promise<void> {
  makeFolders(path.dirname(entry));
  if ((await sizeOf(entry)) === (await sizeOf(blob))) return;
  if (await lstat(entry).catch(() => undefined)) await rm(entry, { force: true });
  try {
    await symlink(path.relative(path.dirname(entry), blob), entry);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    await copyWhole(blob, entry);
  }
}
