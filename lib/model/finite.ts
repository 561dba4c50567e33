import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DialoguePpoError } from "../errors.ts";
import { readSafetensorsHeader } from "./safetensors-header.ts";

/** Bytes of a tensor that are examined at once, a multiple of the size of every type. */
const CHUNK_BYTES = 1 << 22;

/** Returns whether an error says that the numbers of a computation, such as a loss, became infinite or undefined. */
export const isNotFiniteError = (error: unknown): error is DialoguePpoError =>
  error instanceof DialoguePpoError && error.code === "ERR_INTERNAL" && error.message.includes("not finite");

interface Entry {
  readonly dtype: string;
  readonly data_offsets: readonly [number, number];
}

const isFloat = ({ dtype }: Entry): boolean => dtype === "F32" || dtype === "F64";

/** Returns whether all numbers of an array are finite. */
export function areAllFinite(values: Float32Array | Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return false;
  return true;
}

function isTensorFinite(handle: number, start: number, { dtype, data_offsets: [from, to] }: Entry): boolean {
  const buffer = new ArrayBuffer(CHUNK_BYTES);
  for (let at = from; at < to; ) {
    const length = readSync(handle, new Uint8Array(buffer), 0, Math.min(CHUNK_BYTES, to - at), start + at);
    if (length === 0) return true;
    const values =
      dtype === "F32" ? new Float32Array(buffer, 0, length >> 2) : new Float64Array(buffer, 0, length >> 3);
    if (!areAllFinite(values)) return false;
    at += length;
  }
  return true;
}

/**
 * Finds a tensor with a value that is not finite, among those in 32 and 64 bits.
 *
 * @param file a safetensors file that could be loaded
 * @returns the name of the first such tensor; undefined when there is none
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the file has been changed since and its header cannot be read
 */
export function findNotFinite(file: string): string | undefined {
  const handle = openSync(file, "r");
  try {
    const header = readSafetensorsHeader(handle, fstatSync(handle).size);
    if (header?.entries === undefined) {
      throw new DialoguePpoError(
        "ERR_CHECKPOINT_FORMAT",
        `${file}: its header cannot be read; expected a safetensors file`,
      );
    }
    const { __metadata__: _, ...tensors } = header.entries as Readonly<Record<string, Entry>>;
    return Object.entries(tensors).find(
      ([, entry]) => isFloat(entry) && !isTensorFinite(handle, header.end, entry),
    )?.[0];
  } finally {
    closeSync(handle);
  }
}
