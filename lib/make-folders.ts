import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

const isFolder = (place: string): boolean =>
  statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Creates a folder and those above it that do not exist.
 *
 * Node's own way, `mkdirSync` with `recursive`, never returns where the file system says ENOENT for a folder that
 * cannot be created, as /proc does.
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
    if (isFolder(place)) return first;
    throw error;
  }
  return first ?? place;
}
