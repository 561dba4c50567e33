import { ftruncateSync } from "node:fs";
import { writeAll } from "../files/write-all.ts";

/**
 * Writes all bytes at the end of a file. When they cannot all be written, the file is cut back to its old length, so
 * that its readers never meet half a record.
 *
 * @param position length of the file before
 * @throws the error of the file system
 */
export function writeFully(descriptor: number, data: Uint8Array, position: number): void {
  try {
    writeAll(descriptor, data, position);
  } catch (error) {
    ftruncateSync(descriptor, position);
    throw error;
  }
}
