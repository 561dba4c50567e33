import { readSync } from "node:fs";
import { isRecord } from "../values.ts";

/** Longest header of a safetensors file that the format allows, in bytes. */
const MAX_HEADER = 100_000_000;

/** Header of a safetensors file. */
export interface SafetensorsHeader {
  /** Position of the first byte after the header. */
  readonly end: number;
  /** Tensors by name, and metadata, as they stand in the file; undefined when the file ends within its header. */
  readonly entries: Readonly<Record<string, unknown>> | undefined;
}

/** Reads up to `length` bytes of a file. The result is shorter where the file ends. */
export function readAt(handle: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(handle, buffer, 0, length, position));
}

/**
 * Reads the header of a safetensors file.
 *
 * @param size size of the file in bytes
 * @returns undefined when the header is longer than the format allows or no JSON object
 */
export function readSafetensorsHeader(handle: number, size: number): SafetensorsHeader | undefined {
  if (size < 8) return { end: 8, entries: undefined };
  const length = Number(readAt(handle, 0, 8).readBigUInt64LE());
  if (length > MAX_HEADER) return undefined;
  const end = 8 + length;
  if (end > size) return { end, entries: undefined };
  try {
    const entries: unknown = JSON.parse(readAt(handle, 8, length).toString("utf8"));
    return isRecord(entries) ? { end, entries } : undefined;
  } catch {
    // The reader of the format says what is wrong with the header.
    return undefined;
  }
}
