import { existsSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { writeError } from "./file-error.ts";
import { makeFolders, removeMadeFolders } from "./make-folders.ts";
import { outputPlace } from "./output-place.ts";
import { type AtomicOptions, ownPartials, partialName, publishFile } from "./partial.ts";

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
