import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "./errors.ts";
import { fileErrorReason } from "./file-error.ts";
import { cacheFolder } from "./package.ts";

const REMEDY = "set XDG_CACHE_HOME to a folder that can be written";

/**
 * A part of the user's cache that saves time but is never needed. When the cache cannot be used (no home folder, a read-only or
 * full disk, a damaged entry), it warns once and the work goes on without it.
 */
export class OptionalCache {
  readonly #folder: string | undefined;
  readonly #content: string;
  readonly #warn: (message: string) => void;

  /**
   * @param part name of the folder in the cache
   * @param content what the entries are, for messages
   * @param warn receives one sentence when the cache cannot be used
   */
  constructor(part: string, content: string, warn: (message: string) => void) {
    this.#content = content;
    this.#warn = warn;
    try {
      this.#folder = path.join(cacheFolder(), part);
    } catch (error) {
      warn(`the ${content} will not be cached: ${(error as Error).message}`);
    }
  }

  /**
   * Reads an entry. A damaged entry is removed.
   * @returns undefined when there is none, or when it cannot be read
   */
  async read<T>(name: string, read: (entry: string) => Promise<T>): Promise<T | undefined> {
    if (this.#folder === undefined) return undefined;
    const entry = path.join(this.#folder, name);
    if (!existsSync(entry)) return undefined;
    try {
      return await read(entry);
    } catch (error) {
      if (!isUnusable(error)) throw error;
      this.#warn(
        `the cached ${this.#content} cannot be used and will be made again: ${fileErrorReason(error)}`,
      );
      await this.#try(entry, async () => rmSync(entry, { recursive: true, force: true }));
      return undefined;
    }
  }

  /** Writes an entry. */
  async write(name: string, write: (entry: string) => Promise<void>): Promise<void> {
    if (this.#folder === undefined) return;
    const entry = path.join(this.#folder, name);
    if (!existsSync(entry)) await this.#try(entry, () => write(entry));
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
