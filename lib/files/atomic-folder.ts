import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { writeError } from "./file-error.ts";
import { makeFolders, removeMadeFolders } from "./make-folders.ts";
import { outputPlace } from "./output-place.ts";
import { type AtomicOptions, ownPartials, partialName, publishFile, syncPath } from "./partial.ts";

/**
 * Removes a folder if it exists. Removing takes several steps, and half a folder must not look like a whole one after a
 * crash, so it is renamed first.
 */
export function removeFolder(folder: string): void {
  const removed = `${path.resolve(folder)}.removed`;
  rmSync(removed, { recursive: true, force: true });
  if (!existsSync(folder)) return;
  renameSync(folder, removed);
  rmSync(removed, { recursive: true, force: true });
}

/** Returns the name of an old folder while a new one takes its place. */
const oldName = (partial: string): string => `${partial}.old`;

/** Renames a complete folder to its final name. An old folder with this name is removed afterwards. */
function publishFolder(partial: string, folder: string): void {
  for (const entry of readdirSync(partial, { recursive: true, withFileTypes: true })) {
    syncPath(path.join(entry.parentPath, entry.name));
  }
  syncPath(partial);
  const old = oldName(partial);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(partial, folder);
  syncPath(path.dirname(folder));
  rmSync(old, { recursive: true, force: true });
}

/**
 * Creates an empty folder, calls `write` and then `publish`. Removes the folder, and those that were created for it, if
 * one of them fails.
 * @param folder final name, for messages
 */
async function fillAndPublish(
  folder: string,
  partial: string,
  write: (partial: string) => Promise<void>,
  publish: () => void,
): Promise<void> {
  let made: string | undefined;
  try {
    // An interrupted process may have left a folder, or the only copy of the old one under its other name.
    if (existsSync(oldName(partial)) && !existsSync(folder)) renameSync(oldName(partial), folder);
    rmSync(partial, { recursive: true, force: true });
    made = makeFolders(partial);
    await write(partial);
    publish();
  } catch (error) {
    if (existsSync(partial)) rmSync(partial, { recursive: true, force: true });
    removeMadeFolders(path.dirname(partial), made);
    throw writeError(folder, error);
  }
}

/**
 * Writes a folder atomically: after an error or a crash, an old folder is unchanged. If the folder is a symbolic link,
 * the folder where it leads is written.
 *
 * @param write fills a new, empty folder. The folder gets its final name when the promise is fulfilled.
 * @throws DialoguePpoError ERR_CONFIG when the place cannot be written to, ERR_IO when the disk is full or fails
 */
export async function writeFolderAtomic(
  folder: string,
  write: (partial: string) => Promise<void>,
  options: AtomicOptions = {},
): Promise<void> {
  const place = outputPlace(folder);
  const partial = partialName(place, options);
  if (options.shared) ownPartials.add(partial);
  await fillAndPublish(place, partial, write, () => publishFolder(partial, place)).finally(() =>
    ownPartials.delete(partial),
  );
}

/** Moves a complete file into a folder. Where a link has its name, the file is written where the link leads. */
function publishInto(folder: string, partial: string, name: string): void {
  const place = outputPlace(path.join(folder, name));
  let complete = partial;
  if (path.dirname(place) !== folder) {
    // A file cannot be renamed from one disk to another.
    complete = partialName(place, {});
    copyFileSync(partial, complete);
  }
  publishFile(complete, place);
}

/**
 * Writes several files into a folder that may hold others. Each file appears complete, and none appears before all are
 * written. Symbolic links are followed, both that of the folder and those that have the name of a file.
 *
 * @param write writes the files into a new, empty folder
 * @param last name of the file that appears last. If it exists, all other files do too.
 */
export async function writeFilesAtomic(
  folder: string,
  write: (partial: string) => Promise<void>,
  last: string,
): Promise<void> {
  const place = outputPlace(folder);
  const partial = path.join(place, ".files.partial");
  await fillAndPublish(place, partial, write, () => {
    const names = readdirSync(partial).toSorted((a, b) => Number(a === last) - Number(b === last));
    for (const name of names) publishInto(place, path.join(partial, name), name);
    rmSync(partial, { recursive: true });
  });
}
