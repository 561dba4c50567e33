import path from "node:path";
import { type DataFile, inspectDataFile } from "../data/data-file.ts";
import { parseTurns } from "../data/dialogue.ts";
import { readJsonRecords } from "../data/json-records.ts";
import { readRows } from "../data/rows.ts";
import { readTextDocument } from "../data/text-stream.ts";
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
  /** A CSV or JSON Lines file with one text per row. */
  readonly data?: string | undefined;
  /** CSV column or JSON field that holds the texts. */
  readonly textColumn: string;
  /** Whether speaker labels stay in the text as words. */
  readonly keepLabels: boolean;
}

const STARTS_WITH_LABEL = /^\s*[A-Za-z][\w ]{0,19}::/;

/** Parses a text that begins with a speaker's label into turns; any other text is returned unchanged. */
function parseText(text: string, keepLabels: boolean): TaacoInput {
  return keepLabels || !STARTS_WITH_LABEL.test(text) ? text : { turns: parseTurns(text) };
}

async function* csvTexts(file: DataFile, source: TextSource): AsyncGenerator<NamedText> {
  for await (const { id, number, text } of readRows(file, source.textColumn)) {
    yield { id: id ?? String(number), input: parseText(text, source.keepLabels) };
  }
}

async function* jsonTexts(file: DataFile, source: TextSource): AsyncGenerator<NamedText> {
  for await (const record of readJsonRecords(file)) {
    const { id, input } = parseRecord(record, source.textColumn);
    yield {
      id: id ?? String(record.number),
      input: typeof input === "string" ? parseText(input, source.keepLabels) : input,
    };
  }
}

/**
 * Checks every file before the work begins: reads all text files and the first row of the data.
 * @throws DialoguePpoError ERR_DATA naming the file
 */
export async function checkTexts(source: TextSource): Promise<void> {
  for (const file of source.files) await readTextDocument(file);
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
    yield { id: path.basename(file), input: parseText(await readTextDocument(file), source.keepLabels) };
  }
  if (source.data === undefined) return;
  const file = await inspectDataFile(source.data);
  yield* file.format === "json" ? jsonTexts(file, source) : csvTexts(file, source);
}
