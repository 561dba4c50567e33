import { DialoguePpoError } from "../errors.ts";
import { parseJson } from "../input.ts";
import type { DataFile } from "./data-file.ts";
import { NOT_UTF8 } from "./encoding.ts";
import { readText, readTextLines } from "./text-stream.ts";

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
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { value: value as Record<string, unknown>, number, line, where };
  }
  const found = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
  throw new DialoguePpoError("ERR_DATA", `${where}: found ${found}; expected a JSON object`);
}

/** Reads a whole file that holds one array of objects, or a single object that spans lines. */
async function* readWhole(file: DataFile): AsyncGenerator<JsonRecord> {
  let text = "";
  for await (const piece of readText(file.path, file.encoding)) text += piece;
  if (file.encoding === "damaged") throw new DialoguePpoError("ERR_DATA", `${file.path} ${NOT_UTF8}`);
  const parsed = parseJson(text, file.path, "ERR_DATA", "an array of JSON objects");
  const items = Array.isArray(parsed) ? parsed : [parsed];
  for (const [index, item] of items.entries()) {
    yield toRecord(item, index + 1, index + 1, `${file.path}, item ${index + 1}`);
  }
}

async function* readEachLine(file: DataFile): AsyncGenerator<JsonRecord> {
  let line = 0;
  let number = 0;
  for await (const text of readTextLines(file.path, file.encoding)) {
    line += 1;
    if (text.trim() === "") continue;
    number += 1;
    const where = `${file.path}, line ${line}`;
    if (file.encoding === "damaged" && text.includes("\ufffd")) {
      throw new DialoguePpoError("ERR_DATA", `${where} ${NOT_UTF8}`);
    }
    yield toRecord(parseJson(text, where, "ERR_DATA", EXPECTED), number, line, where);
  }
}

/** Returns whether the whole file is one JSON value: an array, or an object that spans lines. */
async function isOneValue(file: DataFile): Promise<boolean> {
  for await (const text of readTextLines(file.path, file.encoding)) {
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
 */
export async function* readJsonRecords(file: DataFile): AsyncGenerator<JsonRecord> {
  let isEmpty = true;
  for await (const record of (await isOneValue(file)) ? readWhole(file) : readEachLine(file)) {
    isEmpty = false;
    yield record;
  }
  if (isEmpty) throw new DialoguePpoError("ERR_DATA", `${file.path} holds no object; expected ${EXPECTED}`);
}
