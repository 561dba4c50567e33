import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "./errors.ts";
import { writeFileAtomic } from "./files/atomic-file.ts";
import { removeFolder } from "./files/atomic-folder.ts";
import { fileErrorReason } from "./files/file-error.ts";
import { hashFile } from "./hash.ts";
import { cacheFolder, starterFolder } from "./package.ts";

const REMEDY = "set XDG_CACHE_HOME to a folder that can be written";

/** File beside an entry with the checksum of the entry. */
const checksumFile = (entry: string): string => `${entry}.sha256`;

/**
 * Folder of the entries that the package ships: what a first run on the starter dialogues would make. It has the parts
 * of the user's cache, without checksums.
 */
const SHIPPED = path.join(starterFolder, "prepared");

/** An entry that was read, and where it was found. */
export interface CacheEntry<T> {
  readonly value: T;
  /** "package" when it comes with the package, "cache" when an earlier command stored it. */
  readonly origin: "package" | "cache";
}

/**
 * Says of an entry made from dialogues where it was found.
 * @param made how it was made: "learned from"
 */
export const describeOrigin = (made: string, origin: CacheEntry<unknown>["origin"]): string =>
  origin === "package" ? `${made} these dialogues, part of the package` : `${made} the same dialogues before`;

/** Returns a checksum of a file, or of the names and contents of all files of a folder. */
async function checksumOf(entry: string): Promise<string> {
  if (!statSync(entry).isDirectory()) return `${await hashFile(entry)}\n`;
  let lines = "";
  for (const name of readdirSync(entry).sort())
    lines += `${await hashFile(path.join(entry, name))}  ${name}\n`;
  return lines;
}

/** @throws DialoguePpoError ERR_DATA when an entry is not what was written */
async function checkEntry(entry: string): Promise<void> {
  const file = checksumFile(entry);
  const stored = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (stored === (await checksumOf(entry))) return;
  const problem = stored === undefined ? "its checksum is missing" : "it does not agree with its checksum";
  throw new DialoguePpoError("ERR_DATA", `${entry}: ${problem}`);
}

/**
 * A part of the user's cache that saves time but is never needed. Entries that the package ships come first. When the
 * cache cannot be used (no home folder, a read-only or full disk, an entry that is damaged or was changed), it warns
 * once and the work goes on without it.
 */
export class OptionalCache {
  readonly #folder: string | undefined;
  readonly #shipped: string;
  readonly #content: string;
  readonly #warn: (message: string) => void;
  #warned = false;

  /**
   * @param part name of the folder in the cache
   * @param content what the entries are, for messages
   * @param warn receives one sentence when the cache cannot be used
   */
  constructor(part: string, content: string, warn: (message: string) => void) {
    this.#shipped = path.join(SHIPPED, part);
    this.#content = content;
    this.#warn = (message) => {
      if (!this.#warned) warn(message);
      this.#warned = true;
    };
    try {
      this.#folder = path.join(cacheFolder(), part);
    } catch (error) {
      this.#warn(`the ${content} will not be cached: ${(error as Error).message}`);
    }
  }

  /**
   * Reads an entry. An entry that does not agree with its checksum, or that cannot be read, is removed.
   * @returns undefined when there is none, or when it cannot be read
   */
  async read<T>(name: string, read: (entry: string) => Promise<T>): Promise<CacheEntry<T> | undefined> {
    const shipped = path.join(this.#shipped, name);
    if (existsSync(shipped)) return { value: await read(shipped), origin: "package" };
    if (this.#folder === undefined) return undefined;
    const entry = path.join(this.#folder, name);
    if (!existsSync(entry)) return undefined;
    try {
      await checkEntry(entry);
      return { value: await read(entry), origin: "cache" };
    } catch (error) {
      if (!isUnusable(error)) throw error;
      this.#warn(
        `the cached ${this.#content} cannot be used and will be made again: ${fileErrorReason(error)}`,
      );
      await this.#try(entry, async () => {
        for (const old of [checksumFile(entry), entry]) removeFolder(old);
      });
      return undefined;
    }
  }

  /** Writes an entry and its checksum. */
  async write(name: string, write: (entry: string) => Promise<void>): Promise<void> {
    if (this.#folder === undefined) return;
    const entry = path.join(this.#folder, name);
    if (existsSync(entry)) return;
    await this.#try(entry, async () => {
      await write(entry);
      writeFileAtomic(checksumFile(entry), await checksumOf(entry), { shared: true });
    });
  }

  async #try(entry: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isUnusable(error)) throw error;
      const reason =
        error instanceof DialoguePpoError ? error.message : `${entry}: ${fileErrorReason(error)}`;
      this.#warn(`the ${this.#content} will not be cached: ${reason}; ${REMEDY}`);
    }
  }
}

/** Returns whether an error lies in the cache: in its files, or in the system that holds them. */
function isUnusable(error: unknown): boolean {
  if (!(error instanceof DialoguePpoError)) return (error as NodeJS.ErrnoException).code !== undefined;
  return error.code === "ERR_DATA" || error.code === "ERR_CONFIG" || error.code === "ERR_IO";
}
