import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";

/** How something is written whole or not at all. */
export interface AtomicOptions {
  /** Several processes may write it at the same time, as in a cache: each then uses a temporary name of its own. */
  readonly shared?: boolean;
}

/** The name that something has until it is complete. */
function partialName(target: string, { shared = false }: AtomicOptions): string {
  return `${path.resolve(target)}.partial${shared ? `-${process.pid}` : ""}`;
}

/** Brings the contents of a file, or the names in a folder, to the disk. */
function syncPath(target: string): void {
  // Windows flushes neither folders nor files that are opened for reading.
  if (process.platform === "win32") return;
  const handle = openSync(target, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Gives a complete file its final name. The contents reach the disk before the name does, so that a crash leaves either
 * the file that was there before or the new one.
 */
export function publishFile(partial: string, file: string): void {
  syncPath(partial);
  renameSync(partial, file);
  syncPath(path.dirname(path.resolve(file)));
}

/** Writes a file whole or not at all. */
export function writeFileAtomic(
  file: string,
  content: string | Uint8Array,
  options: AtomicOptions = {},
): void {
  const partial = partialName(file, options);
  try {
    writeFileSync(partial, content);
    publishFile(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** A file that is written piece by piece and has its name only once it is finished. */
export class AtomicFile {
  readonly #file: string;
  readonly #partial: string;
  readonly #handle: FileHandle;

  private constructor(file: string, partial: string, handle: FileHandle) {
    this.#file = file;
    this.#partial = partial;
    this.#handle = handle;
  }

  static async open(file: string): Promise<AtomicFile> {
    const partial = partialName(file, {});
    return new AtomicFile(file, partial, await open(partial, "w"));
  }

  async write(text: string): Promise<void> {
    await this.#handle.writeFile(text);
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    await this.#handle.close();
    publishFile(this.#partial, this.#file);
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.#handle.close();
    rmSync(this.#partial, { force: true });
  }
}

/** Gives a complete folder its final name. A folder that had the name is removed only afterwards. */
function publishFolder(partial: string, folder: string): void {
  for (const entry of readdirSync(partial, { recursive: true, withFileTypes: true })) {
    syncPath(path.join(entry.parentPath, entry.name));
  }
  syncPath(partial);
  const old = `${partial}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(partial, folder);
  syncPath(path.dirname(folder));
  rmSync(old, { recursive: true, force: true });
}

/** Fills a new, empty folder and hands it over to `publish`; removes it when one of the two fails. */
async function fillAndPublish(
  partial: string,
  write: (partial: string) => Promise<void>,
  publish: () => void,
): Promise<void> {
  // What an interrupted process left.
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    await write(partial);
    publish();
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Writes a folder whole or not at all.
 *
 * @param write fills a new, empty folder, which gets its final name when the promise is fulfilled
 */
export async function writeFolderAtomic(
  folder: string,
  write: (partial: string) => Promise<void>,
  options: AtomicOptions = {},
): Promise<void> {
  const partial = partialName(folder, options);
  await fillAndPublish(partial, write, () => publishFolder(partial, path.resolve(folder)));
}

/**
 * Writes files into a folder that may hold others. Each file appears whole or not at all, and none before all are written.
 *
 * @param write writes the files into a new, empty folder
 * @param last the file that appears last: once it is there, so are the others
 */
export async function writeFilesAtomic(
  folder: string,
  write: (partial: string) => Promise<void>,
  last: string,
): Promise<void> {
  const partial = path.join(folder, ".files.partial");
  await fillAndPublish(partial, write, () => {
    const names = readdirSync(partial).toSorted((a, b) => Number(a === last) - Number(b === last));
    for (const name of names) publishFile(path.join(partial, name), path.join(folder, name));
    rmSync(partial, { recursive: true });
  });
}
