import { existsSync } from "node:fs";
import path from "node:path";
import { checkKind, checkNames } from "../arguments.ts";
import { statsOf } from "../files/file-error.ts";
import { describeForeignContent } from "../files/file-kind.ts";
import type { SpaceKind } from "../taaco/types.ts";
import { fileError, readSpacesMeta, SPACES_FILE } from "./meta.ts";
import { openVectorFile, readBinaryVectors } from "./readers/binary.ts";
import { findOfficialFiles, type OfficialOptions, readOfficialSpace } from "./readers/official.ts";
import { readTextVectors } from "./readers/text.ts";
import { readSpace } from "./stored-space.ts";
import type { WordVectors } from "./vectors.ts";

/** Reads the first 64 KiB of a file. */
async function readStart(file: string): Promise<Buffer> {
  const handle = await openVectorFile(file);
  try {
    const buffer = Buffer.alloc(65_536);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Returns whether binary data follows the first line. Text has no control characters except tabs and line ends. */
function isBinary(start: Buffer): boolean {
  const rest = start.subarray(start.indexOf(0x0a) + 1);
  return rest.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13);
}

/**
 * Reads a file of vectors and detects its format: ReaderBench's export, word2vec binary, or text (word2vec, fastText,
 * GloVe).
 *
 * @throws DialoguePpoError ERR_DATA when the file is invalid; the message names file and line
 */
export async function readVectorFile(
  file: string,
  kind: SpaceKind,
  options: OfficialOptions = {},
): Promise<WordVectors> {
  const problem = describeForeignContent(file, "weights");
  if (problem !== undefined) throw fileError(file, `vectors, but it ${problem}`);
  const start = await readStart(file);
  if (/^\d+ \d+\s*\n/.test(start.subarray(0, 64).toString("latin1")) && isBinary(start)) {
    return readBinaryVectors(file, kind);
  }
  const [first = "", second = ""] = start.toString("utf8").split("\n");
  if (second.includes("\t") || /^\d+\r?$/.test(first)) return readOfficialSpace([file], kind, options);
  return readTextVectors(file, kind);
}

/**
 * Loads spaces in float32 into memory that worker threads can share. The location is a folder that the command `spaces`
 * wrote, a folder with exports of the official package, or a file of vectors (word2vec, fastText, GloVe), which is
 * loaded as a word2vec space.
 *
 * @param options.dropFirst whether to drop the first component of official exports, as the official tool does; default
 *   false
 * @throws DialoguePpoError ERR_DATA when a file is missing or invalid; the message names file and line
 * @example
 * const spaces = await loadSpaces("spaces");
 * console.log(spaces.map(({ kind, dimensions }) => `${kind} ${dimensions}`));
 */
export async function loadSpaces(
  location: string,
  options: { readonly dropFirst?: boolean } = {},
): Promise<WordVectors[]> {
  checkKind("loadSpaces", "location", location, "path");
  checkNames(options, ["dropFirst"], "loadSpaces");
  const expected = "a folder of spaces or a file of vectors";
  const stats = statsOf(location, "ERR_DATA", expected);
  if (stats === undefined) throw fileError(location, `${expected}, there is nothing`);
  if (!stats.isDirectory()) return [await readVectorFile(location, "word2vec", options)];
  if (!existsSync(path.join(location, SPACES_FILE))) {
    const official = findOfficialFiles(location);
    if (official.size === 0) {
      throw fileError(
        location,
        `${SPACES_FILE}, or export files of the official package (*_export_LSA*.csv, ...)`,
      );
    }
    const spaces: WordVectors[] = [];
    for (const [kind, files] of official) spaces.push(await readOfficialSpace(files, kind, options));
    return spaces;
  }
  const { spaces } = readSpacesMeta(location);
  return Promise.all(spaces.map((entry) => readSpace(location, entry)));
}
