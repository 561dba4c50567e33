import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { readError } from "../files/file-error.ts";
import { describeForeignStart, isDataFileName } from "../files/file-kind.ts";
import { detectEncoding, type Encoding, isSingleByteText, READ_AS_WINDOWS } from "./encoding.ts";
import { readText } from "./text-stream.ts";

/** A data file whose kind and encoding are known. */
export interface DataFile {
  readonly path: string;
  /** Whether the file holds CSV, or JSON: one object per line or an array. */
  readonly format: "csv" | "json";
  readonly encoding: Encoding;
}

const EXPECTED = "a CSV or JSON Lines file";
const HEAD_BYTES = 65_536;
/** Number of files of a folder that a message names. */
const NAMED_FILES = 3;

/** Names files of a folder that could be meant. */
async function folderProblem(folder: string): Promise<string> {
  const all = await readdir(folder);
  const names = all.filter(isDataFileName).sort();
  if (names.length === 0) {
    const hasTexts = all.some((name) => /\.txt$/i.test(name));
    const advice = hasTexts
      ? " (score reads its text files without --data; for other commands, join them to one file)"
      : "";
    return `it is a folder without a CSV or JSON Lines file${advice}`;
  }
  const shown = names.slice(0, NAMED_FILES).map((name) => path.join(folder, name));
  return `it is a folder; name one of its files: ${shown.join(", ")}${names.length > NAMED_FILES ? ", ..." : ""}`;
}

const dataError = (file: string, problem: string): DialoguePpoError =>
  new DialoguePpoError("ERR_DATA", `${file}: ${problem}; expected ${EXPECTED}`);

/**
 * Reads the first bytes of a file.
 * @throws DialoguePpoError ERR_DATA when the path is no file, or the file is empty or not text
 */
async function readHead(file: string): Promise<Buffer> {
  try {
    const info = await stat(file);
    if (info.isDirectory()) throw dataError(file, await folderProblem(file));
    if (!info.isFile()) throw dataError(file, "it is not a regular file");
    if (info.size === 0) throw dataError(file, "it is empty");
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(file, error, "ERR_DATA", EXPECTED);
  }
}

/** Matches the beginning of a JSON object or of an array of objects or arrays. */
const JSON_START = /^\s*(?:\{\s*"|\[\s*[[{])/;

/** Returns whether a text begins like a JSON object, or an array of objects or arrays. */
export const startsAsJson = (text: string): boolean => JSON_START.test(text);

/** Returns the first characters of a file. */
async function startOf(file: string, encoding: Encoding): Promise<string> {
  for await (const text of readText(file, encoding)) if (text.trim() !== "") return text;
  return "";
}

/**
 * Returns the encoding of a data file.
 * @param onLegacy receives a warning when the file is read as Windows-1252, although it has letters above ASCII
 */
async function findEncoding(
  file: string,
  head: Buffer,
  onLegacy?: (warning: string) => void,
): Promise<Encoding> {
  const encoding = await detectEncoding(file, head);
  if (encoding !== "damaged" || onLegacy === undefined) return encoding;
  if (!(await isSingleByteText(createReadStream(file)))) return encoding;
  onLegacy(`${file} ${READ_AS_WINDOWS}`);
  return "windows-1252";
}

/**
 * Finds out what a data file is by its content; of the name, only .jsonl, .ndjson and .json matter.
 *
 * @param onLegacy receives a warning when a file with letters above ASCII that is not UTF-8 is read as Windows-1252.
 *   Without it, the readers refuse such a file
 * @throws DialoguePpoError ERR_DATA when the path is no file, or the file is empty or not text
 */
export async function inspectDataFile(file: string, onLegacy?: (warning: string) => void): Promise<DataFile> {
  const head = await readHead(file);
  const foreign = describeForeignStart(head, "document");
  if (foreign !== undefined) throw dataError(file, `it ${foreign}`);
  const encoding = await findEncoding(file, head, onLegacy);
  const isJson = /\.(jsonl|ndjson|json)$/i.test(file) || startsAsJson(await startOf(file, encoding));
  return { path: file, format: isJson ? "json" : "csv", encoding };
}
