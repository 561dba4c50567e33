import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

const BLOCK_SIZE = 32_768;
const FRAME_HEADER_SIZE = 7;
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]);

const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

function encodeFrame(type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_SIZE);
  // Plain CRC-32 over type and data, not masked: here W&B differs from LevelDB.
  header.writeUInt32LE(crc32(Buffer.concat([Buffer.from([type]), data])), 0);
  header.writeUInt16LE(data.length, 4);
  header.writeUInt8(type, 6);
  return Buffer.concat([header, data]);
}

/**
 * Frames of one record in the log format of LevelDB, whose blocks are counted from the start of the file.
 *
 * @param position where in the file the record begins
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

/** A `.wandb` file under construction; each record is one write, so that a reader never meets half a frame for long. */
export class WandbLogFile {
  readonly #descriptor: number;
  #position = FILE_HEADER.length;

  constructor(file: string) {
    this.#descriptor = openSync(file, "wx");
    writeSync(this.#descriptor, FILE_HEADER);
  }

  append(record: Buffer): void {
    const frames = encodeFrames(record, this.#position);
    writeSync(this.#descriptor, frames);
    this.#position += frames.length;
  }

  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}
