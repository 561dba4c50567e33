import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

const BLOCK = 32_768;
const FRAME_HEADER = 7;
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]);

const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

function frame(type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER);
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
export function framesOf(record: Buffer, position: number): Buffer {
  const parts: Buffer[] = [];
  let at = position;
  let rest = record;
  let first = true;
  do {
    let room = BLOCK - (at % BLOCK);
    if (room < FRAME_HEADER) {
      parts.push(Buffer.alloc(room));
      at += room;
      room = BLOCK;
    }
    const data = rest.subarray(0, room - FRAME_HEADER);
    rest = rest.subarray(data.length);
    const last = rest.length === 0;
    parts.push(frame(first ? (last ? FULL : FIRST) : last ? LAST : MIDDLE, data));
    at += FRAME_HEADER + data.length;
    first = false;
  } while (rest.length > 0);
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
    const frames = framesOf(record, this.#position);
    writeSync(this.#descriptor, frames);
    this.#position += frames.length;
  }

  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}
