import { createHash, type Hash } from "node:crypto";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { abortError } from "./errors.ts";
import { fileErrorCode } from "./files/file-error.ts";

/** Options of {@link hashFile}. */
export interface HashOptions {
  /** Hash to which the content is added. Default: a new SHA-256. */
  readonly hash?: Hash;
  /** Ends the reading with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the hash of a file in hex, without holding the file in memory.
 * @throws DialoguePpoError ERR_ABORTED
 */
export async function hashFile(file: string, options: HashOptions = {}): Promise<string> {
  const { hash = createHash("sha256"), signal } = options;
  try {
    for await (const chunk of createReadStream(file)) {
      if (signal?.aborted) throw abortError(signal);
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    throw namedError(file, error);
  }
  return hash.digest("hex");
}

/** Adds its file to an error of the file system. Errors of reading, such as that of a folder, do not have it. */
function namedError(file: string, error: unknown): unknown {
  return fileErrorCode(error) === undefined ? error : Object.assign(error as Error, { path: file });
}

const CHUNK_BYTES = 2 ** 20;

/** Returns the SHA-256 of the first bytes of a file in hex, or of the whole file if it is shorter. */
export function hashStart(file: string, length: number): string {
  const hash = createHash("sha256");
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(Math.min(length, CHUNK_BYTES));
    for (let at = 0; at < length; ) {
      const read = readSync(handle, buffer, 0, Math.min(CHUNK_BYTES, length - at), at);
      if (read === 0) break;
      hash.update(buffer.subarray(0, read));
      at += read;
    }
    return hash.digest("hex");
  } catch (error) {
    throw namedError(file, error);
  } finally {
    closeSync(handle);
  }
}
