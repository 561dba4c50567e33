import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { loadAddon } from "../native/loader.ts";
import type { ReopenableMatrix } from "../taaco/types.ts";

/**
 * Maps a file of float32 values into memory. Worker threads also call this function, because a mapping cannot be passed to
 * them. All mappings of a file share the same pages.
 */
export function openMatrix(file: string): Float32Array {
  return new Float32Array(loadAddon().mapFile(file));
}

/**
 * Maps a file of float32 values into memory.
 * @returns the values, and the module and file with which a worker thread maps them again; undefined without the addon
 */
export function mapMatrix(file: string): { values: Float32Array; reopen: ReopenableMatrix } | undefined {
  try {
    return { values: openMatrix(file), reopen: { module: import.meta.url, file: path.resolve(file) } };
  } catch (error) {
    if (error instanceof DialoguePpoError && error.code === "ERR_NATIVE_MISSING") return undefined;
    throw error;
  }
}
