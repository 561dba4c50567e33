import { existsSync, mkdirSync, readdirSync, realpathSync, rmdirSync, statSync } from "node:fs";
import path from "node:path";

const isFolder = (place: string): boolean =>
  statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Creates a folder and those above it that do not exist.
 *
 * Node's own way, `mkdirSync` with `recursive`, never returns where the file system says ENOENT for a folder that
 * cannot be created, as /proc does. When one cannot be created, those above it are removed again.
 *
 * @returns the first folder that was created, as an absolute path; undefined when the folder was there
 */
export function makeFolders(folder: string): string | undefined {
  const place = path.resolve(folder);
  if (isFolder(place)) return undefined;
  const first = makeFolders(path.dirname(place));
  try {
    mkdirSync(place);
  } catch (error) {
    // Another process can have created it meanwhile.
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && isFolder(place)) return first;
    removeMadeFolders(path.dirname(place), first);
    throw error;
  }
  return first ?? place;
}

/**
 * Removes a folder and those above it up to `first`, as long as they are empty: work that failed leaves no trace.
 *
 * @param first what {@link makeFolders} returned, the first folder that it created; without one, nothing is removed
 */
export function removeMadeFolders(folder: string, first: string | undefined): void {
  if (first === undefined || !existsSync(first) || !existsSync(folder)) return;
  // The folder can be a link, which is left as it is.
  const last = realpathSync(first);
  for (
    let current = realpathSync(folder);
    readdirSync(current).length === 0;
    current = path.dirname(current)
  ) {
    rmdirSync(current);
    if (current === last) return;
  }
}
