import { type FileHandle, open } from "node:fs/promises";
import { fileError } from "../meta.ts";
import type { SpaceKind, WordVectors } from "../vectors.ts";
import { VectorCollector } from "./collector.ts";
import { checkDimensions, parseHeader } from "./text.ts";

const CHUNK = 2 ** 20;
/** Longest header, longest word. */
const MAX_WORD = 4096;
const [LINE_FEED, SPACE] = [0x0a, 0x20];

/** Reads a file front to back by marks and lengths. */
class ByteReader {
  readonly #handle: FileHandle;
  #buffer = Buffer.alloc(0);
  #ended = false;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async #more(): Promise<void> {
    const chunk = Buffer.alloc(CHUNK);
    const { bytesRead } = await this.#handle.read(chunk, 0, CHUNK);
    this.#ended = bytesRead === 0;
    this.#buffer = Buffer.concat([this.#buffer, chunk.subarray(0, bytesRead)]);
  }

  /** Bytes before a mark, which is passed; undefined when there is none within the longest word. */
  async until(mark: number): Promise<Buffer | undefined> {
    while (this.#buffer.length < MAX_WORD && !this.#ended && !this.#buffer.includes(mark)) await this.#more();
    const at = this.#buffer.indexOf(mark);
    if (at < 0 || at > MAX_WORD) return undefined;
    const bytes = this.#buffer.subarray(0, at);
    this.#buffer = this.#buffer.subarray(at + 1);
    return bytes;
  }

  /** So many bytes; undefined when the file ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    while (this.#buffer.length < length && !this.#ended) await this.#more();
    if (this.#buffer.length < length) return undefined;
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }
}

/** The header, checked against the size: a damaged number must not make us reserve memory for it. */
async function readHeader(reader: ByteReader, handle: FileHandle, file: string) {
  const header = parseHeader((await reader.until(LINE_FEED))?.toString("latin1") ?? "");
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
 * Reads word2vec's binary form: "words dimensions" and a line feed; then for each word its UTF-8 bytes, a space, its float32
 * numbers (little-endian) and perhaps a line feed. Words as in the text form.
 *
 * @throws DialoguePpoError ERR_DATA naming file and word
 */
export async function readBinaryVectors(file: string, kind: SpaceKind): Promise<WordVectors> {
  const handle = await open(file).catch(() => {
    throw fileError(file, "a readable file of vectors");
  });
  try {
    const reader = new ByteReader(handle);
    const { words, dimensions } = await readHeader(reader, handle, file);
    const collector = new VectorCollector(dimensions, "lowercase");
    const vector = new Float32Array(dimensions);
    for (let index = 1; index <= words; index++) {
      const place = `${file}, word ${index} of ${words}`;
      const word = (await reader.until(SPACE))?.toString("utf8").replace(/^\n/, "");
      const bytes = await reader.take(4 * dimensions);
      if (!word || !bytes) throw fileError(place, `a word, a space and ${4 * dimensions} bytes`);
      for (let at = 0; at < dimensions; at++) vector[at] = bytes.readFloatLE(4 * at);
      collector.add(word, vector, place);
    }
    return collector.finish(kind, file);
  } finally {
    await handle.close();
  }
}
