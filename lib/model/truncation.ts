import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const REMEDY = "the copy or download was cut off, so get it again";

/** Longest header of a safetensors file that the format allows, in bytes. */
const MAX_HEADER = 100_000_000;

/** The record at the end of a zip archive: its mark, its size without a comment, and the longest comment, in bytes. */
const ZIP_END = { mark: Buffer.from("PK\x05\x06"), size: 22, comment: 65_535 };

function readAt(handle: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(handle, buffer, 0, length, position));
}

/** Returns the size in bytes that the header of a safetensors file announces; undefined when the header is invalid. */
function announcedSize(handle: number, size: number): number | undefined {
  if (size < 8) return 8;
  const length = Number(readAt(handle, 0, 8).readBigUInt64LE());
  if (length > MAX_HEADER) return undefined;
  if (8 + length > size) return 8 + length;
  try {
    const header = JSON.parse(readAt(handle, 8, length).toString("utf8")) as Record<string, unknown>;
    const ends = Object.values(header).map((entry) => {
      const end = (entry as { data_offsets?: unknown[] } | null)?.data_offsets?.[1];
      return typeof end === "number" ? end : 0;
    });
    return 8 + length + ends.reduce((most, end) => Math.max(most, end), 0);
  } catch {
    // The reader of the format says what is wrong with the header.
    return undefined;
  }
}

function describeSafetensors(handle: number, size: number): string | undefined {
  const announced = announcedSize(handle, size);
  if (announced === undefined || announced <= size) return undefined;
  return `is incomplete: ${size} of at least ${announced} bytes are there; ${REMEDY}`;
}

/** Describes a zip archive without its last record, which PyTorch writes at the end. */
function describeArchive(handle: number, size: number): string | undefined {
  if (!readAt(handle, 0, 4).equals(Buffer.from("PK\x03\x04"))) return undefined;
  const length = Math.min(size, ZIP_END.size + ZIP_END.comment);
  if (readAt(handle, size - length, length).includes(ZIP_END.mark)) return undefined;
  return `is incomplete: ${size} bytes are there, and the end of the archive is missing; ${REMEDY}`;
}

/**
 * Says whether a file with weights ends before the size that its header announces.
 *
 * @returns a predicate with the remedy, to be put after the file's name; undefined when the file is complete or cannot be judged
 * @throws the error of the file system when the file cannot be read
 */
export function describeTruncation(file: string): string | undefined {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    return file.endsWith(".safetensors") ? describeSafetensors(handle, size) : describeArchive(handle, size);
  } finally {
    closeSync(handle);
  }
}
