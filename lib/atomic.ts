import { randomUUID } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { DialoguePpoError } from "./errors.ts";
import { writeError } from "./file-error.ts";
import type { Logger } from "./log.ts";
import { makeFolders, removeMadeFolders } from "./make-folders.ts";
import { outputPlace } from "./output-place.ts";
import { checkReplaceable } from "./replaceable.ts";

/** Options of the atomic writers. */
export interface AtomicOptions {
  /**
   * Whether several processes may write the target at the same time, as in a cache. Each then uses its own temporary
   * name.
   */
  readonly shared?: boolean;
}

/** Returns the temporary name of a file or folder that is not complete. */
function partialName(place: string, { shared = false }: AtomicOptions): string {
  return `${place}.partial${shared ? `-${process.pid}-${randomUUID().slice(0, 8)}` : ""}`;
}

/** Creates and removes a file in a folder, or in the nearest folder above it that exists. */
function probeFolder(folder: string): void {
  let existing = path.resolve(folder);
  while (!existsSync(existing) && existing !== path.dirname(existing)) existing = path.dirname(existing);
  const probe = path.join(existing, `.dialogue-ppo-${randomUUID()}.partial`);
  writeFileSync(probe, "", { flag: "wx" });
  rmSync(probe);
}

/** What an output is: a file, a folder that is replaced, or a folder into which files are written. */
type OutputKind = "file" | "folder" | "filled folder";

/**
 * Returns whether an output exists.
 * @throws DialoguePpoError ERR_CONFIG when it is a folder in place of a file, or the reverse
 */
function checkKind(target: string, place: string, kind: OutputKind): boolean {
  const isFile = kind === "file";
  const refuse = (problem: string): never => {
    const expected = isFile ? "a file" : "a folder";
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${target} ${problem}; expected the name of ${expected} to write`,
    );
  };
  if (isFile && /[\\/]$/.test(target)) refuse("names a folder");
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (stats.isDirectory() === isFile) refuse(isFile ? "is a folder" : "is a file");
  return true;
}

/**
 * Checks that an output can be written, so that a wrong path is reported before long work and not after it. Nothing is
 * left behind. Logs that the output replaces an older one.
 *
 * @throws DialoguePpoError ERR_CONFIG when the place cannot be written to, ERR_IO when the disk is full or fails
 */
export function checkOutput(target: string, kind: OutputKind, log?: Logger): void {
  let exists: boolean;
  try {
    const place = outputPlace(target);
    exists = checkKind(target, place, kind);
    if (kind !== "filled folder") {
      if (exists) checkReplaceable(target, place);
      probeFolder(path.dirname(place));
    }
    if (kind !== "file") probeFolder(place);
  } catch (error) {
    throw writeError(target, error);
  }
  if (exists) log?.info(`${target} exists and will be replaced`);
}

/**
 * Writes all bytes at a position of a file. A single write can be short, on a disk that is nearly full for example.
 *
 * @param position null for the position of the descriptor
 * @throws the error of the file system
 */
export function writeAll(descriptor: number, data: Uint8Array, position: number | null): void {
  for (let offset = 0; offset < data.byteLength; ) {
    const at = position === null ? null : position + offset;
    offset += writeSync(descriptor, data, offset, data.byteLength - offset, at);
  }
}

/** Flushes the contents of a file, or the entries of a folder, to the disk. */
function syncPath(target: string): void {
  // Windows can flush neither folders nor files that are open for reading.
  if (process.platform === "win32") return;
  const handle = openSync(target, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Renames a complete file to its final name. The contents are flushed to the disk first, so that after a crash there is
 * either the old file or the new one.
 */
export function publishFile(partial: string, file: string): void {
  syncPath(partial);
  renameSync(partial, file);
  syncPath(path.dirname(path.resolve(file)));
}

/** A file that is being written. */
interface Draft {
  /** The file as the caller names it. */
  readonly file: string;
  /** Where it is written: where the file leads if it is a symbolic link. */
  readonly place: string;
  /** The temporary name. */
  readonly partial: string;
  /** The first folder that was created for it. */
  readonly made: string | undefined;
}

/**
 * Writes files of which one says what the others are. Each is written as {@link writeFileAtomic} does, and none appears
 * before all are written.
 * @param files names and contents, in the order in which they appear
 * @throws DialoguePpoError ERR_CONFIG when a place cannot be written to, ERR_IO when the disk is full or fails
 */
export function writeTogether(
  files: readonly (readonly [file: string, content: string | Uint8Array])[],
  options: AtomicOptions = {},
): void {
  const drafts: Draft[] = [];
  let current = "";
  try {
    for (const [file, content] of files) {
      current = file;
      const place = outputPlace(file);
      const made = makeFolders(path.dirname(place));
      const partial = partialName(place, options);
      drafts.push({ file, place, partial, made });
      writeFileSync(partial, content);
    }
    for (const { file, place, partial } of drafts) {
      current = file;
      publishFile(partial, place);
    }
  } catch (error) {
    for (const { place, partial, made } of drafts.reverse()) {
      if (existsSync(partial)) rmSync(partial);
      removeMadeFolders(path.dirname(place), made);
    }
    throw writeError(current, error);
  }
}

/**
 * Writes a file atomically: after an error or a crash, the old file is unchanged. If the file is a symbolic link, the
 * file where it leads is written. The folder of the file is created if it does not exist.
 * @throws DialoguePpoError ERR_CONFIG when the place cannot be written to, ERR_IO when the disk is full or fails
 */
export function writeFileAtomic(
  file: string,
  content: string | Uint8Array,
  options: AtomicOptions = {},
): void {
  writeTogether([[file, content]], options);
}

/** Temporary files and folders of this process whose names no other process looks for. */
const ownPartials = new Set<string>();

/**
 * Removes the temporary files and folders that are being written and that no later command would remove, because their
 * names are those of this process only. Called before the process is killed.
 */
export function removeOwnPartials(): void {
  for (const partial of ownPartials) {
    try {
      rmSync(partial, { recursive: true, force: true });
    } catch {
      // The process ends by a signal, and no message could follow.
    }
  }
}

/**
 * A file that is written in pieces under a temporary name and gets its final name when it is finished. If it is a
 * symbolic link, the file where it leads is written.
 */
export class AtomicFile {
  readonly #draft: Draft;
  readonly #handle: FileHandle;

  private constructor(draft: Draft, handle: FileHandle) {
    this.#draft = draft;
    this.#handle = handle;
  }

  /**
   * Creates the temporary file, and its folder if that does not exist.
   * @throws DialoguePpoError ERR_CONFIG when the place cannot be written to, ERR_IO when the disk is full or fails
   */
  static async open(file: string): Promise<AtomicFile> {
    // Two commands with the same output each write a file of their own. The one that ends last determines the content.
    try {
      const place = outputPlace(file);
      const partial = partialName(place, { shared: true });
      const made = makeFolders(path.dirname(partial));
      const handle = await open(partial, "w").catch((error) => {
        removeMadeFolders(path.dirname(partial), made);
        throw error;
      });
      ownPartials.add(partial);
      return new AtomicFile({ file, place, partial, made }, handle);
    } catch (cause) {
      throw writeError(file, cause);
    }
  }

  /**
   * Appends text.
   * @throws DialoguePpoError ERR_IO when the disk is full or fails
   */
  async write(text: string): Promise<void> {
    await this.#handle.writeFile(text).catch((cause) => {
      throw writeError(this.#draft.file, cause);
    });
  }

  /**
   * Closes the file and renames it to its final name.
   * @throws DialoguePpoError ERR_IO when the disk is full or fails
   */
  async finish(): Promise<void> {
    const { partial, place } = this.#draft;
    try {
      await this.#handle.close();
      publishFile(partial, place);
      ownPartials.delete(partial);
    } catch (cause) {
      throw writeError(this.#draft.file, cause);
    }
  }

  /** Closes the file and removes it, with the folders that were created for it. */
  async discard(): Promise<void> {
    const { partial, made } = this.#draft;
    await this.#handle.close();
    rmSync(partial, { force: true });
    ownPartials.delete(partial);
    removeMadeFolders(path.dirname(partial), made);
  }
}

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
