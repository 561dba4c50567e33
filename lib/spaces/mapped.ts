import { DialoguePpoError } from "../errors.ts";
import { loadAddon } from "../native/loader.ts";

/** Also called by worker threads, which cannot be given a mapping and make their own of the same pages. */
export function openMatrix(file: string): Float32Array {
  return new Float32Array(loadAddon().mapFile(file));
}

/** The float32 values of a file, mapped; undefined where the addon is not built, and the file is to be read. */
export function mapMatrix(file: string): Float32Array | undefined {
  try {
    return openMatrix(file);
  } catch (error) {
    if (error instanceof DialoguePpoError && error.code === "ERR_NATIVE_MISSING") return undefined;
    throw error;
  }
}
