import { ftruncateSync, writeSync } from "node:fs";

/**
 * Writes all bytes at the end of a file. A single write can be short, on a disk that is nearly full for example. When the rest
 * cannot be written either, the file is cut back to its old length, so that its readers never meet half a record.
 *
 * @param position length of the file before
 * @throws the error of the file system
 */
export function writeFully(descriptor: number, data: Uint8Array, position: number): void {
  try {
    for (let offset = 0; offset < data.byteLength; ) {
      offset += writeSync(descriptor, data, offset, data.byteLength - offset, position + offset);
    }
  } catch (error) {
    ftruncateSync(descriptor, position);
    throw error;
  }
}
