import { DialoguePpoError } from "../errors.ts";
import { parseJson } from "../files/text-file.ts";
import { repeatedKey } from "../repeated-key.ts";
import { describeValue, isRecord } from "../values.ts";
import type { DataFile } from "./data-file.ts";
import { NOT_UTF8 } from "./encoding.ts";
import { MOST_CHARACTERS, readText, readTextLines, tooLong } from "./text-stream.ts";

/** A JSON object of a data file. */
export interface JsonRecord {
  readonly value: Readonly<Record<string, unknown>>;
  /** Number of the object in the file, from 1. Empty lines do not count. */
  readonly number: number;
  /** Line of the file, from 1; the number of the object in an array. */
  readonly line: number;
  /** File and line, or file and item of an array, for messages. */
  readonly where: string;
}

const EXPECTED = "one JSON object per line";

function toRecord(value: unknown, number: number, line: number, where: string): JsonRecord {
  if (isRecord(value)) return { value, number, line, where };
  throw new DialoguePpoError("ERR_DATA", `${where}: found ${describeValue(value)}; expected a JSON object`);
}

/**
 * Matches an id that is a whole number of 16 digits or more. Its quotation marks stand nowhere within a string of JSON,
 * where a backslash precedes them.
 */
const LONG_ID = /("(?:id|Filename)"\s*:\s*)(-?[1-9]\d{15,})(?=\s*[,}])/g;

/**
 * Parses JSON. The long ids in it become texts, because numbers above 2^53 would be rounded and several become one. A
 * key that an object has twice is refused, because one of its values would be lost.
 */
function parseKeepingIds(text: string, where: string, expected: string): unknown {
  const value = parseJson(text, where, "ERR_DATA", expected);
  const key = repeatedKey(text);
  if (key !== undefined) {
    const name = JSON.stringify(key.slice(0, 40));
    throw new DialoguePpoError(
      "ERR_DATA",
      `${where}: the key ${name} stands twice in an object; expected it once`,
    );
  }
  const exact = text.replace(LONG_ID, '$1"$2"');
  return exact === text ? value : JSON.parse(exact);
}

/** Reads a whole file that holds one array of objects, or a single object that spans lines. */
async function* readWhole(file: DataFile, mostCharacters: number): AsyncGenerator<JsonRecord> {
  let text = "";
  for await (const piece of readText(file.path, file.encoding)) {
    if (text.length + piece.length > mostCharacters) throw tooLong(file.path, mostCharacters);
    text += piece;
  }
  if (file.encoding === "damaged") throw new DialoguePpoError("ERR_DATA", `${file.path} ${NOT_UTF8}`);
  const parsed = parseKeepingIds(text, file.path, "an array of JSON objects");
  const items = Array.isArray(parsed) ? parsed : [parsed];
  for (const [index, item] of items.entries()) {
    yield toRecord(item, index + 1, index + 1, `${file.path}, item ${index + 1}`);
  }
}

async function* readEachLine(file: DataFile, mostCharacters: number): AsyncGenerator<JsonRecord> {
  let line = 0;
  let number = 0;
  for await (const text of readTextLines(file.path, file.encoding, mostCharacters)) {
    line += 1;
    if (text.trim() === "") continue;
    number += 1;
    const where = `${file.path}, line ${line}`;
    if (file.encoding === "damaged" && text.includes("\ufffd")) {
      throw new DialoguePpoError("ERR_DATA", `${where} ${NOT_UTF8}`);
    }
    yield toRecord(parseKeepingIds(text, where, EXPECTED), number, line, where);
  }
}

/** Returns whether the whole file is one JSON value: an array, or an object that spans lines. */
async function isOneValue(file: DataFile, mostCharacters: number): Promise<boolean> {
  for await (const text of readTextLines(file.path, file.encoding, mostCharacters)) {
    const line = text.trim();
    if (line === "") continue;
    // "[" alone, "[{..." and "{" alone begin a value that spans lines. Lines of their own are complete objects.
    return line.startsWith("[") || line === "{";
  }
  return false;
}

/**
 * Streams the objects of a file of JSON Lines, or of one JSON array.
 * @throws DialoguePpoError ERR_DATA for text that is not JSON and for values that are not objects; the message names
 *   the line
 * @param mostCharacters largest number of characters of a line, or of an array
 */
export async function* readJsonRecords(
  file: DataFile,
  mostCharacters = MOST_CHARACTERS,
): AsyncGenerator<JsonRecord> {
  let isEmpty = true;
  const read = (await isOneValue(file, mostCharacters)) ? readWhole : readEachLine;
  for await (const record of read(file, mostCharacters)) {
    isEmpty = false;
    yield record;
  }
  if (isEmpty) throw new DialoguePpoError("ERR_DATA", `${file.path} holds no object; expected ${EXPECTED}`);
}
