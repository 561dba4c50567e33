import { closeSync, fstatSync, openSync } from "node:fs";
import { readAt, readSafetensorsHeader } from "./safetensors-header.ts";

const REMEDY = "the copy or download was cut off, so get it again";

/** The record at the end of a zip archive: its mark, its size without a comment, and the longest comment, in bytes. */
const ZIP_END = { mark: Buffer.from("PK\x05\x06"), size: 22, comment: 65_535 };

/** Returns the size in bytes that the header of a safetensors file announces; undefined when the header is invalid. */
function announcedSize(handle: number, size: number): number | undefined {
  const header = readSafetensorsHeader(handle, size);
  if (header === undefined) return undefined;
  const ends = Object.values(header.entries ?? {}).map((entry) => {
    const end = (entry as { data_offsets?: unknown[] } | null)?.data_offsets?.[1];
    return typeof end === "number" ? end : 0;
  });
  return header.end + ends.reduce((most, end) => Math.max(most, end), 0);
}

function describeSafetensors(handle: number, size: number): string | undefined {
  const announced = announcedSize(handle, size);
  if (announced === undefined || announced <= size) return undefined;
  return `is incomplete: ${size} of at least ${announced} bytes are there; ${REMEDY}`;
}

/** What the weights of one format are that have the name of the other. The loader goes by the name. */
const MISNAMED = {
  torch: "is a file of torch.save, not of safetensors; rename it to pytorch_model.bin",
  safetensors: "is a file of safetensors, not of torch.save; rename it to model.safetensors",
};

/** First bytes of a zip archive. */
const ZIP_START = Buffer.from("PK\x03\x04");

/** First bytes of what torch.save writes: a zip archive, or in its older form a pickle with a magic number. */
const TORCH_STARTS: readonly Buffer[] = [ZIP_START, Buffer.from([0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc])];

/** Describes weights in another format than the name of their file says. */
function describeMisnamed(handle: number, size: number, isSafetensors: boolean): string | undefined {
  if (!isSafetensors) {
    return readSafetensorsHeader(handle, size)?.entries === undefined ? undefined : MISNAMED.safetensors;
  }
  const isTorch = TORCH_STARTS.some((start) => readAt(handle, 0, start.length).equals(start));
  return isTorch ? MISNAMED.torch : undefined;
}

/** Describes a zip archive without its last record, which PyTorch writes at the end. */
function describeArchive(handle: number, size: number): string | undefined {
  if (!readAt(handle, 0, ZIP_START.length).equals(ZIP_START)) return undefined;
  const length = Math.min(size, ZIP_END.size + ZIP_END.comment);
  if (readAt(handle, size - length, length).includes(ZIP_END.mark)) return undefined;
  return `is incomplete: ${size} bytes are there, and the end of the archive is missing; ${REMEDY}`;
}

/**
 * Says whether a file with weights is in another format than its name says, or ends before the size that its header
 * announces.
 *
 * @returns a predicate with the remedy, to be put after the file's name; undefined when the file is complete or cannot
 *   be judged
 * @throws the error of the file system when the file cannot be read
 */
export function describeDamage(file: string): string | undefined {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const isSafetensors = file.endsWith(".safetensors");
    const truncation = isSafetensors ? describeSafetensors : describeArchive;
    return describeMisnamed(handle, size, isSafetensors) ?? truncation(handle, size);
  } finally {
    closeSync(handle);
  }
}
