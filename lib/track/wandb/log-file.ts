import { closeSync, fsyncSync, openSync } from "node:fs";
import { crc32 } from "node:zlib";
import { writeFully } from "../write-fully.ts";

const BLOCK_SIZE = 32_768;
const FRAME_HEADER_SIZE = 7;
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]);

const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

function encodeFrame(type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_SIZE);
  // W&B uses a plain CRC-32 over type and data, while LevelDB uses a masked CRC-32C.
  header.writeUInt32LE(crc32(Buffer.concat([Buffer.from([type]), data])), 0);
  header.writeUInt16LE(data.length, 4);
  header.writeUInt8(type, 6);
  return Buffer.concat([header, data]);
}

/**
 * Encodes one record in the log format of LevelDB. A record that crosses blocks of 32 KiB is split into several
 * frames.
 *
 * @param position byte offset in the file at which the record begins
 */
export function encodeFrames(record: Buffer, position: number): Buffer {
  const parts: Buffer[] = [];
  let offset = position;
  let remaining = record;
  let first = true;
  do {
    let available = BLOCK_SIZE - (offset % BLOCK_SIZE);
    if (available < FRAME_HEADER_SIZE) {
      parts.push(Buffer.alloc(available));
      offset += available;
      available = BLOCK_SIZE;
    }
    const data = remaining.subarray(0, available - FRAME_HEADER_SIZE);
    remaining = remaining.subarray(data.length);
    const last = remaining.length === 0;
    parts.push(encodeFrame(first ? (last ? FULL : FIRST) : last ? LAST : MIDDLE, data));
    offset += FRAME_HEADER_SIZE + data.length;
    first = false;
  } while (remaining.length > 0);
  return Buffer.concat(parts);
}

/** Writes a `.wandb` file. Each record is one write, so that a live reader rarely sees an incomplete frame. */
export class WandbLogFile {
  readonly #descriptor: number;
  #position = FILE_HEADER.length;

  constructor(file: string) {
    this.#descriptor = openSync(file, "wx");
    writeFully(this.#descriptor, FILE_HEADER, 0);
  }

  /** Appends a record. */
  append(record: Buffer): void {
    const frames = encodeFrames(record, this.#position);
    writeFully(this.#descriptor, frames, this.#position);
    this.#position += frames.length;
  }

  /** Flushes the file to disk and closes it. */
  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}
