import { type FileHandle, open } from "node:fs/promises";
import type { SpaceKind } from "../../taaco/types.ts";
import { fileError } from "../meta.ts";
import type { WordVectors } from "../vectors.ts";
import { VectorCollector } from "./collector.ts";
import { checkDimensions, parseHeader } from "./text.ts";

/** Number of bytes to read at a time. */
const CHUNK = 2 ** 20;
/** Largest length of the header and of a word, in bytes. */
const MAX_WORD = 4096;
const [LINE_FEED, SPACE] = [0x0a, 0x20];

/**
 * Opens a file of vectors for reading.
 * @throws DialoguePpoError ERR_DATA when it cannot be opened
 */
export function openVectorFile(file: string): Promise<FileHandle> {
  return open(file).catch(() => {
    throw fileError(file, "a readable file of vectors");
  });
}

/** Reads a file from start to end, by delimiters and lengths. */
class ByteReader {
  readonly #handle: FileHandle;
  #buffer = Buffer.alloc(0);
  #ended = false;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async #fill(): Promise<void> {
    const chunk = Buffer.alloc(CHUNK);
    const { bytesRead } = await this.#handle.read(chunk, 0, CHUNK);
    this.#ended = bytesRead === 0;
    this.#buffer = Buffer.concat([this.#buffer, chunk.subarray(0, bytesRead)]);
  }

  /** Reads up to a delimiter and skips it. Returns undefined when none comes within the largest length of a word. */
  async readUntil(delimiter: number): Promise<Buffer | undefined> {
    while (this.#buffer.length < MAX_WORD && !this.#ended && !this.#buffer.includes(delimiter))
      await this.#fill();
    const at = this.#buffer.indexOf(delimiter);
    if (at < 0 || at > MAX_WORD) return undefined;
    const bytes = this.#buffer.subarray(0, at);
    this.#buffer = this.#buffer.subarray(at + 1);
    return bytes;
  }

  /** Reads `length` bytes. Returns undefined when the file ends earlier. */
  async readBytes(length: number): Promise<Buffer | undefined> {
    while (this.#buffer.length < length && !this.#ended) await this.#fill();
    if (this.#buffer.length < length) return undefined;
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }
}

/** Reads the header and checks it against the file size, so that a damaged number does not allocate too much memory. */
async function readHeader(reader: ByteReader, handle: FileHandle, file: string) {
  const header = parseHeader((await reader.readUntil(LINE_FEED))?.toString("latin1") ?? "");
  if (!header) throw fileError(`${file}:1`, "the numbers of words and dimensions");
  checkDimensions(header.dimensions, `${file}:1`);
  const { size } = await handle.stat();
  if (header.words * (4 * header.dimensions + 2) > size) {
    throw fileError(
      `${file}:1`,
      `no more than its ${size} bytes can hold, it says ${header.words} words of ${header.dimensions}`,
    );
  }
  return header;
}

/**
 * Reads the binary format of word2vec: a line with the numbers of words and dimensions; then for each word its UTF-8
 * bytes, a space, its components as little-endian float32, and optionally a line feed. Words are lower-cased as in
 * `readTextVectors`.
 *
 * @throws DialoguePpoError ERR_DATA when the file is invalid; the message names file and word
 */
export async function readBinaryVectors(file: string, kind: SpaceKind): Promise<WordVectors> {
  const handle = await openVectorFile(file);
  try {
    const reader = new ByteReader(handle);
    const { words, dimensions } = await readHeader(reader, handle, file);
    const collector = new VectorCollector(dimensions, "lowercase");
    const vector = new Float32Array(dimensions);
    for (let index = 1; index <= words; index++) {
      const place = `${file}, word ${index} of ${words}`;
      const word = (await reader.readUntil(SPACE))?.toString("utf8").replace(/^\n/, "");
      const bytes = await reader.readBytes(4 * dimensions);
      if (!word || !bytes) throw fileError(place, `a word, a space and ${4 * dimensions} bytes`);
      for (let at = 0; at < dimensions; at++) vector[at] = bytes.readFloatLE(4 * at);
      collector.add(word, vector, place);
    }
    return collector.finish(kind, file);
  } finally {
    await handle.close();
  }
}
