import { writeSync } from "node:fs";

/**
 * Writes all bytes at a position of a file. A single write can be short, on a disk that is nearly full for example.
 *
 * @param position null for the position of the descriptor
 * @throws the error of the file system
 */
export function writeAll(descriptor: number, data: Uint8Array, position: number | null): void {
  for (let offset = 0; offset < data.byteLength; ) {
    const at = position === null ? null : position + offset;
    offset += writeSync(descriptor, data, offset, data.byteLength - offset, at);
  }
}
