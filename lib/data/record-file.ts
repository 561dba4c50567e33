import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { temporaryFolder, writeError } from "../files/file-error.ts";
import { writeAll } from "../files/write-all.ts";

/** Number of bytes that are written, or read ahead, at once. */
const BLOCK = 2 ** 20;

const openFiles = new FinalizationRegistry<number>((handle) => closeSync(handle));

/**
 * Texts in a temporary file, of which only the positions are kept in memory, 8 bytes per text. The file has no name, so
 * that it is gone when the process ends in whatever way. It is closed when the object is no longer used.
 */
export class RecordFile {
  readonly #name = path.join(os.tmpdir(), `dialogue-ppo-${randomUUID()}`);
  readonly #handle: number;
  /** Position of each record, and at last the end of the file. */
  #offsets = new Float64Array(1024);
  #length = 0;
  /** Records that are not yet written. */
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  #blockLength = 0;
  #window: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };
  #lastRead = -1;

  /** @throws DialoguePpoError ERR_CONFIG or ERR_IO when the folder of temporary files cannot be written to */
  constructor() {
    this.#handle = this.#writing(() => {
      const handle = openSync(this.#name, "wx+", 0o600);
      unlinkSync(this.#name);
      return handle;
    });
    openFiles.register(this, this.#handle);
  }

  /** Number of records. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a record.
   * @throws DialoguePpoError ERR_IO when the disk is full
   */
  append(record: string): void {
    const bytes = Buffer.byteLength(record);
    if (this.#length + 1 === this.#offsets.length) {
      const larger = new Float64Array(2 * this.#offsets.length);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
    if (bytes > BLOCK - this.#blockLength) this.#flush();
    const start = this.#offsets[this.#length] as number;
    if (bytes > BLOCK) this.#write(Buffer.from(record), start);
    else this.#blockLength += this.#block.write(record, this.#blockLength);
    this.#offsets[this.#length + 1] = start + bytes;
    this.#length += 1;
  }

  /** Returns a record; `index` must be one of 0 to length - 1. */
  read(index: number): string {
    this.#flush();
    const start = this.#offsets[index] as number;
    const end = this.#offsets[index + 1] as number;
    const isNext = index === this.#lastRead + 1;
    this.#lastRead = index;
    if (start < this.#window.start || end > this.#window.start + this.#window.bytes.length) {
      // Records that are read in order come from blocks, single ones alone.
      const size = isNext ? Math.max(BLOCK, end - start) : end - start;
      this.#window = { start, bytes: this.#readBytes(start, size) };
    }
    const { start: from, bytes } = this.#window;
    return bytes.toString("utf8", start - from, end - from);
  }

  #flush(): void {
    const end = this.#offsets[this.#length] as number;
    this.#write(this.#block.subarray(0, this.#blockLength), end - this.#blockLength);
    this.#blockLength = 0;
  }

  #write(bytes: Buffer, start: number): void {
    this.#writing(() => writeAll(this.#handle, bytes, start));
  }

  #readBytes(start: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.min(size, (this.#offsets[this.#length] as number) - start));
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#handle, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw new DialoguePpoError("ERR_IO", `${this.#name} was cut short`);
      done += count;
    }
    return bytes;
  }

  #writing<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw writeError(temporaryFolder(), error);
    }
  }
}
