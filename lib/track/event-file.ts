import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { computeBins } from "./bins.ts";
import { bytes, double, float, int, message, packedDoubles } from "./protobuf.ts";

/** CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, a byte at a time. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C of the bytes (RFC 3720, appendix B.4). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}

/** TFRecord's masking, so that a checksum of data that holds checksums stays meaningful. */
function maskedCrc(data: Uint8Array): Buffer {
  const crc = crc32c(data);
  const rotated = ((crc >>> 15) | (crc << 17)) >>> 0;
  const result = Buffer.alloc(4);
  result.writeUInt32LE((rotated + 0xa282ead8) >>> 0);
  return result;
}

/** One TFRecord: length, its checksum, the payload, its checksum. */
export function tfRecord(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(payload.length));
  return Buffer.concat([length, maskedCrc(length), payload, maskedCrc(payload)]);
}

const SUMMARY = 5;
const SESSION_LOG = 7;
const SESSION_START = 1;
const DT_STRING = 7;

/** A `Summary.Value` with one number. */
export const scalarValue = (tag: string, value: number): Buffer => message(1, bytes(1, tag), float(2, value));

/** A `Summary.Value` with a text, which TensorBoard shows as Markdown. */
export function textValue(tag: string, text: string): Buffer {
  const metadata = message(9, message(1, bytes(1, "text")));
  const tensor = message(8, int(1, DT_STRING), message(2, message(2, int(1, 1))), bytes(8, text));
  return message(1, bytes(1, tag), metadata, tensor);
}

/** A `Summary.Value` with the distribution of the finite values; undefined when there is none. */
export function histogramValue(tag: string, values: ArrayLike<number>): Buffer | undefined {
  const bins = computeBins(values);
  if (bins === undefined) return undefined;
  const { edges, counts, sum, sumOfSquares } = bins;
  const total = counts.reduce((all, count) => all + count, 0);
  const [low = 0, high = 0] = [edges[0], edges.at(-1)];
  const moments = [
    double(1, low),
    double(2, high),
    double(3, total),
    double(4, sum),
    double(5, sumOfSquares),
  ];
  const histogram = message(5, ...moments, packedDoubles(6, edges.slice(1)), packedDoubles(7, counts));
  return message(1, bytes(1, tag), histogram);
}

/** A TensorBoard event file under construction; every event is one write. */
export class EventFile {
  readonly path: string;
  readonly #descriptor: number;

  /**
   * @param folder made when it is not there
   * @param resumedFrom the last step of the run that is continued: what an earlier file holds beyond it is then hidden
   */
  constructor(folder: string, resumedFrom?: number, now: Date = new Date()) {
    mkdirSync(folder, { recursive: true });
    const seconds = Math.floor(now.getTime() / 1000);
    [this.path, this.#descriptor] = openNewFile(path.join(folder, `events.out.tfevents.${seconds}`));
    this.#write(0, bytes(3, "brain.Event:2"));
    if (resumedFrom !== undefined) this.#write(resumedFrom + 1, message(SESSION_LOG, int(1, SESSION_START)));
  }

  /** Writes values made by the functions above under one step. */
  add(step: number, values: readonly Buffer[]): void {
    if (values.length > 0) this.#write(step, message(SUMMARY, ...values));
  }

  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }

  #write(step: number, body: Buffer): void {
    const header = [double(1, Date.now() / 1000), ...(step === 0 ? [] : [int(2, step)])];
    writeSync(this.#descriptor, tfRecord(Buffer.concat([...header, body])));
  }
}

/** TensorBoard reads files in the order of their names; two segments of one second differ in the last number. */
function openNewFile(stem: string): [string, number] {
  for (let segment = 0; ; segment++) {
    const file = `${stem}.${os.hostname()}.${process.pid}.${segment}`;
    try {
      return [file, openSync(file, "wx")];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
