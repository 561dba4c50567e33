import { type FileHandle, open, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { describeSpecialFile } from "../files/file-kind.ts";
import type { VectorSpace } from "../taaco/types.ts";
import { packInt8, unpackInt8 } from "./int8.ts";
import { fileError, SPACES_FILE, type SpaceEntry } from "./meta.ts";
import { sharedFloats, WordVectors } from "./vectors.ts";

/** Returns the bytes of an array without copying them. */
const asBytes = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/**
 * Returns the content of a vocabulary file: one word per line.
 * @throws DialoguePpoError ERR_DATA when there are no words or a word cannot be a line
 */
function vocabularyText({ kind, words }: VectorSpace): string {
  if (!words) throw new DialoguePpoError("ERR_DATA", `the ${kind} space has no list of its words`);
  const wrong = words.find((word) => word === "" || word.includes("\n"));
  if (wrong === undefined) return `${words.join("\n")}\n`;
  throw new DialoguePpoError(
    "ERR_DATA",
    `a word of the ${kind} space is empty or has a line feed: ${JSON.stringify(wrong)}`,
  );
}

/**
 * Writes the vocabulary of a space (one word per line) and its matrix (row-major, little-endian).
 * @returns the entry for `spaces.json`
 * @throws DialoguePpoError ERR_DATA when the space has no words, or a word that is empty or has a line feed
 */
export async function writeSpace(
  dir: string,
  space: VectorSpace,
  dtype: SpaceEntry["dtype"],
): Promise<SpaceEntry> {
  const { kind, dimensions, values } = space;
  const vocabulary = `${kind}-words.txt`;
  const vectors = `${kind}.${dtype}`;
  await writeFile(path.join(dir, vocabulary), vocabularyText(space));
  await writeFile(path.join(dir, vectors), dtype === "int8" ? packInt8(values, dimensions) : asBytes(values));
  return { kind, dimensions, words: values.length / dimensions, dtype, vectors, vocabulary };
}

/**
 * Opens a file and checks its size in bytes.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read or has another size
 */
async function openWithSize(file: string, length: number): Promise<FileHandle> {
  const handle = await open(file).catch(() => {
    throw fileError(file, "a readable file");
  });
  const { size } = await handle.stat();
  if (size === length) return handle;
  await handle.close();
  throw fileError(file, `${length} bytes as ${SPACES_FILE} says, it has ${size}`);
}

/**
 * Reads a whole file into memory that worker threads can share. It is not mapped: another program that cuts the file
 * short would end this process, and one that writes to it would change the scores.
 */
async function readShared(file: string, length: number): Promise<Uint8Array> {
  const handle = await openWithSize(file, length);
  try {
    const bytes = new Uint8Array(new SharedArrayBuffer(length));
    for (let at = 0; at < length; ) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(length - at, 2 ** 30), at);
      if (bytesRead === 0) throw fileError(file, `${length} bytes, it ended at ${at}`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

async function readVocabulary(file: string, words: number): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => {
    throw fileError(file, "a readable file");
  });
  const list = text.replace(/\n$/, "").split("\n");
  if (list.length === words) return list;
  throw fileError(file, `${words} lines as ${SPACES_FILE} says, it has ${list.length}`);
}

async function readMatrix(file: string, { words, dimensions, dtype }: SpaceEntry): Promise<Float32Array> {
  const length = words * dimensions;
  if (dtype === "float32") return new Float32Array((await readShared(file, 4 * length)).buffer);
  const values = sharedFloats(length);
  unpackInt8(await readShared(file, 4 * words + length), values, dimensions);
  return values;
}

/**
 * Reads a space that {@link writeSpace} wrote, in float32.
 * @throws DialoguePpoError ERR_DATA when a file is missing or invalid; the message names it
 */
export async function readSpace(dir: string, entry: SpaceEntry): Promise<WordVectors> {
  const [vocabulary, file] = [path.join(dir, entry.vocabulary), path.join(dir, entry.vectors)];
  for (const part of [vocabulary, file]) {
    const special = describeSpecialFile(part);
    if (special !== undefined) throw fileError(part, `a part of a space, but it ${special}`);
  }
  const words = await readVocabulary(vocabulary, entry.words);
  const values = await readMatrix(file, entry);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw fileError(
      file,
      `finite numbers; the vector of "${words[Math.floor(bad / entry.dimensions)]}" has another`,
    );
  return new WordVectors(entry.kind, entry.dimensions, words, values);
}
