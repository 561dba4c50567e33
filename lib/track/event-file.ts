import { closeSync, fsyncSync, openSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { makeFolders } from "../files/make-folders.ts";
import { computeBins } from "./bins.ts";
import { bytes, double, float, int, message, packedDoubles } from "./protobuf.ts";
import { writeFully } from "./write-fully.ts";

/** CRC-32C (Castagnoli) of each byte, for the reflected polynomial 0x82F63B78. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** Returns the CRC-32C of the bytes (RFC 3720, appendix B.4). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] as number);
  return ~crc >>> 0;
}

/** Returns the masked checksum of TFRecord: a CRC over data that contains CRCs would be weak without the mask. */
function maskedCrc(data: Uint8Array): Buffer {
  const crc = crc32c(data);
  const rotated = ((crc >>> 15) | (crc << 17)) >>> 0;
  const result = Buffer.alloc(4);
  result.writeUInt32LE((rotated + 0xa282ead8) >>> 0);
  return result;
}

/** Encodes one TFRecord: the payload's length, the checksum of the length, the payload, and its checksum. */
export function tfRecord(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(payload.length));
  return Buffer.concat([length, maskedCrc(length), payload, maskedCrc(payload)]);
}

// Field numbers and values of TensorFlow's event.proto and summary.proto.
const SUMMARY = 5;
const SESSION_LOG = 7;
const SESSION_START = 1;
const DT_STRING = 7;

/** Encodes a `Summary.Value` with one number. */
export const scalarValue = (tag: string, value: number): Buffer => message(1, bytes(1, tag), float(2, value));

/** Encodes a `Summary.Value` with a text, which TensorBoard renders as Markdown. */
export function textValue(tag: string, text: string): Buffer {
  const metadata = message(9, message(1, bytes(1, "text")));
  const tensor = message(8, int(1, DT_STRING), message(2, message(2, int(1, 1))), bytes(8, text));
  return message(1, bytes(1, tag), metadata, tensor);
}

/** Encodes a `Summary.Value` with a histogram of the finite values. Returns undefined when there are none. */
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

/** Writes a TensorBoard event file. Each event is one write, so a reader sees whole events. */
export class EventFile {
  readonly path: string;
  readonly #descriptor: number;
  #length = 0;

  /**
   * @param folder folder of the file, created when it does not exist
   * @param resumedFrom last step of the run that is continued. TensorBoard then hides later steps in earlier files
   */
  constructor(folder: string, resumedFrom?: number) {
    makeFolders(folder);
    const seconds = Math.floor(Date.now() / 1000);
    [this.path, this.#descriptor] = openNewFile(path.join(folder, `events.out.tfevents.${seconds}`));
    this.#write(0, bytes(3, "brain.Event:2"));
    if (resumedFrom !== undefined) this.#write(resumedFrom + 1, message(SESSION_LOG, int(1, SESSION_START)));
  }

  /** Writes one event with the values of a step, which {@link scalarValue} and its siblings encode. */
  add(step: number, values: readonly Buffer[]): void {
    if (values.length > 0) this.#write(step, message(SUMMARY, ...values));
  }

  /** Flushes the file to disk and closes it. */
  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }

  #write(step: number, body: Buffer): void {
    const header = [double(1, Date.now() / 1000), ...(step === 0 ? [] : [int(2, step)])];
    const record = tfRecord(Buffer.concat([...header, body]));
    writeFully(this.#descriptor, record, this.#length);
    this.#length += record.length;
  }
}

/**
 * Opens a file that did not exist before. TensorBoard reads files in the order of their names; the last number
 * distinguishes files of the same second.
 */
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
