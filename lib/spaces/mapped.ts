import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { loadAddon } from "../native/loader.ts";
import type { ReopenableMatrix } from "../taaco/types.ts";

/** Also called by worker threads, which cannot be given a mapping and make their own of the same pages. */
export function openMatrix(file: string): Float32Array {
  return new Float32Array(loadAddon().mapFile(file));
}

/** The float32 values of a file, mapped, and how a thread maps them again; undefined where the addon is not built. */
export function mapMatrix(file: string): { values: Float32Array; reopen: ReopenableMatrix } | undefined {
  try {
    return { values: openMatrix(file), reopen: { module: import.meta.url, file: path.resolve(file) } };
  } catch (error) {
    if (error instanceof DialoguePpoError && error.code === "ERR_NATIVE_MISSING") return undefined;
    throw error;
  }
}
