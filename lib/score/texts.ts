import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { readCsv } from "../data/csv.ts";
import { parseTurns } from "../data/dialogue.ts";
import { DialoguePpoError } from "../errors.ts";
import type { TaacoInput } from "../taaco/types.ts";
import { parseRecord } from "./record.ts";

/** A text to score, and the id of its row. */
export interface NamedText {
  readonly id: string;
  readonly input: TaacoInput;
}

/** The texts to score. */
export interface TextSource {
  /** Text files, one text each. */
  readonly files: readonly string[];
  /** A .csv or .jsonl file with one text per row. */
  readonly data?: string | undefined;
  /** CSV column that holds the texts. */
  readonly textColumn: string;
  /** Whether speaker labels stay in the text as words. */
  readonly keepLabels: boolean;
}

const STARTS_WITH_LABEL = /^\s*[A-Za-z][\w ]{0,19}::/;

/** Parses a text that begins with a speaker's label into turns; any other text is returned unchanged. */
function parseText(text: string, keepLabels: boolean): TaacoInput {
  return keepLabels || !STARTS_WITH_LABEL.test(text)
    ? text
    : { turns: parseTurns(text.replaceAll("\r\n", "\n")) };
}

/**
 * Reads a text file, without its byte order mark.
 * @throws DialoguePpoError ERR_DATA when the file does not exist or is not UTF-8
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "no such file" : cause.message;
    throw new DialoguePpoError("ERR_DATA", `${file}: ${why}; expected a text file`, { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DialoguePpoError("ERR_DATA", `${file} is not valid UTF-8`, { cause });
  }
}

async function* csvTexts(file: string, source: TextSource): AsyncGenerator<NamedText> {
  let number = 0;
  for await (const { values, columns } of readCsv(file)) {
    number += 1;
    const text = values[source.textColumn];
    if (text === undefined) {
      const known = columns.slice(0, 10).join(", ");
      throw new DialoguePpoError(
        "ERR_DATA",
        `${file} has no column "${source.textColumn}"; its columns are ${known}`,
      );
    }
    yield { id: values.Filename?.trim() || String(number), input: parseText(text, source.keepLabels) };
  }
  if (number === 0) throw new DialoguePpoError("ERR_DATA", `${file} has a header but no rows`);
}

async function* jsonlTexts(file: string, source: TextSource): AsyncGenerator<NamedText> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new DialoguePpoError("ERR_DATA", `${file}: no such file; expected JSON lines`);
  const lines = createInterface({
    input: createReadStream(file, "utf8"),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  let texts = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    texts += 1;
    const { id, input } = parseRecord(line, `${file}:${number}`);
    yield {
      id: id ?? String(number),
      input: typeof input === "string" ? parseText(input, source.keepLabels) : input,
    };
  }
  if (texts === 0) throw new DialoguePpoError("ERR_DATA", `${file} has no lines`);
}

/**
 * Checks every file before the work begins: reads all text files and the first row of the data.
 * @throws DialoguePpoError ERR_DATA naming the file
 */
export async function checkTexts(source: TextSource): Promise<void> {
  for (const file of source.files) await readText(file);
  const rows = readTexts({ ...source, files: [] });
  await rows.next();
  await rows.return(undefined);
}

/**
 * Streams the texts to score, in order.
 *
 * @throws DialoguePpoError ERR_DATA naming file and line
 */
export async function* readTexts(source: TextSource): AsyncGenerator<NamedText> {
  for (const file of source.files) {
    yield { id: path.basename(file), input: parseText(await readText(file), source.keepLabels) };
  }
  if (source.data === undefined) return;
  yield* source.data.endsWith(".jsonl") ? jsonlTexts(source.data, source) : csvTexts(source.data, source);
}
