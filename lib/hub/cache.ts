import { copyFile, lstat, readFile, rm, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { makeFolders } from "../make-folders.ts";
import type { HubEnvironment } from "./environment.ts";
import { missingFiles, type RepositoryContent } from "./select.ts";

/** Returns whether a file or folder exists. A link whose target was deleted does not count. */
export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Returns the folder of a repository in the cache. */
export function repositoryFolder(hub: HubEnvironment, id: string): string {
  return path.join(hub.cacheRoot, `models--${id.replaceAll("/", "--")}`);
}

/** Returns the file that holds the commit of a branch or tag. */
export const refFile = (repository: string, revision: string): string =>
  path.join(repository, "refs", ...revision.split("/"));

/** Returns the commit of a branch or tag that the cache has; an empty text when it has none. */
export const storedCommit = async (repository: string, revision: string): Promise<string> =>
  (await readFile(refFile(repository, revision), "utf8").catch(() => "")).trim();

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

/**
 * Creates a relative link from a snapshot entry to its blob. Where links are not permitted (Windows), it copies the
 * blob.
 */
export async function linkBlob(blob: string, entry: string): Promise<void> {
  makeFolders(path.dirname(entry));
  if (await exists(entry)) return;
  if (await lstat(entry).catch(() => undefined)) await rm(entry);
  try {
    await symlink(path.relative(path.dirname(entry), blob), entry);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST") return;
    if (code !== "EPERM" && code !== "ENOSYS" && code !== "ENOTSUP") throw error;
    await copyFile(blob, entry);
  }
}
