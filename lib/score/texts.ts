import { type DataFile, inspectDataFile, startsAsJson } from "../data/data-file.ts";
import { LABEL_SOURCE, parseTurns } from "../data/dialogue.ts";
import { readJsonRecords } from "../data/json-records.ts";
import { LeftOutMessages } from "../data/message-roles.ts";
import { readRows } from "../data/rows.ts";
import { readTextDocument } from "../data/text-stream.ts";
import { DialoguePpoError } from "../errors.ts";
import { shellPath } from "../format.ts";
import type { TaacoInput } from "../taaco/types.ts";
import type { TextFile } from "./files.ts";
import { parseRecord, recordSource } from "./record.ts";

/** A text to score, and the id of its row. */
export interface NamedText {
  readonly id: string;
  readonly input: TaacoInput;
  /** Text to compare with; null when this row has none but others can have one, undefined when no row has one. */
  readonly source?: TaacoInput | null | undefined;
}

/** A text that cannot be read. */
export interface FailedText {
  readonly id: string;
  /** What is wrong with it, in one line that names the file. */
  readonly problem: string;
}

/** A data file with one text per row. */
export interface RowData {
  readonly file: DataFile;
  /** CSV column or JSON field that holds the texts. */
  readonly textColumn: string;
  /** CSV column or JSON field that holds the source text of each row; undefined without one. */
  readonly sourceColumn: string | undefined;
  /** Whether the first row has an id. Rows without one are numbered. */
  readonly hasIds: boolean;
}

/** The texts to score. */
export interface TextSource {
  /** Text files, one text each. */
  readonly files: readonly TextFile[];
  readonly data: RowData | undefined;
  /** Source text of all texts. */
  readonly source: TaacoInput | undefined;
  /** Whether speaker labels stay in the text as words. */
  readonly keepLabels: boolean;
  /** What separates paragraphs of plain text: the end of a line, or blank lines. */
  readonly paragraphs: "lines" | "blank";
  /** Receives what is unusual about a file. */
  readonly warn: (message: string) => void;
}

/** Largest text file in bytes. An analysed text takes some hundred times its size in memory. */
const MOST_BYTES = 16e6;

/** Column or field in which a source text is looked for when none is named. */
const SOURCE_COLUMN = "source";

const STARTS_WITH_LABEL = new RegExp(String.raw`^\s*${LABEL_SOURCE}`);

/** Joins the lines of each paragraph, where paragraphs are separated by blank lines. */
const joinLines = (text: string): string =>
  text
    .split(/\n(?:[ \t\u00a0]*\n)+/)
    .map((paragraph) => paragraph.replaceAll("\n", " "))
    .join("\n");

type Reading = Pick<TextSource, "keepLabels" | "paragraphs">;

/**
 * Parses a text that begins with a speaker's label into turns. Any other text stays a string whose lines are
 * paragraphs.
 */
function parseText(text: string, { keepLabels, paragraphs }: Reading): TaacoInput {
  if (!keepLabels && STARTS_WITH_LABEL.test(text)) return { turns: parseTurns(text) };
  return paragraphs === "blank" ? joinLines(text) : text;
}

/** Returns whether a text is a JSON value or JSON Lines: its names and brackets would count as words. */
function isJson(text: string): boolean {
  if (!startsAsJson(text)) return false;
  const parses = (json: string): boolean => {
    try {
      JSON.parse(json);
      return true;
    } catch {
      return false;
    }
  };
  return parses(text.trimStart().split("\n", 1)[0] ?? "") || parses(text);
}

/** Reads a text file as {@link TextSource} describes it. */
export async function readTextInput(
  file: string,
  reading: Reading & Pick<TextSource, "warn">,
): Promise<TaacoInput> {
  const text = await readTextDocument(file, { onLegacy: reading.warn, mostBytes: MOST_BYTES });
  if (isJson(text)) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${file}: it holds JSON; expected a text file, or for one text per object: --data ${shellPath(file)}`,
    );
  }
  return parseText(text, reading);
}

/** A text of a data file with its own source. */
interface RowText {
  /** The id that the file gives; undefined without one. */
  readonly id: string | undefined;
  /** Number of the row, from 1. */
  readonly number: number;
  readonly input: TaacoInput;
  readonly source: TaacoInput | null;
}

/** What is needed to read the texts of a data file. */
type RowReading = Omit<RowData, "hasIds">;

async function* csvTexts(
  { file, textColumn, sourceColumn }: RowReading,
  reading: Reading,
): AsyncGenerator<RowText> {
  for await (const { id, number, text, other = "" } of readRows(file, textColumn, sourceColumn)) {
    const source = other.trim() === "" ? null : parseText(other, reading);
    yield { id, number, input: parseText(text, reading), source };
  }
}

async function* jsonTexts(
  { file, textColumn, sourceColumn }: RowReading,
  reading: Reading & Pick<TextSource, "warn">,
): AsyncGenerator<RowText> {
  const messages = new LeftOutMessages();
  for await (const record of readJsonRecords(file)) {
    const { id, input, leftOut } = parseRecord(record, textColumn);
    messages.add(leftOut);
    const source = sourceColumn === undefined ? undefined : recordSource(record, sourceColumn);
    yield {
      id,
      number: record.number,
      input: typeof input === "string" ? parseText(input, reading) : input,
      source: source === undefined ? null : parseText(source, reading),
    };
  }
  for (const line of messages.lines()) reading.warn(`${file.path}: ${line}`);
}

const rowTexts = (data: RowReading, reading: Reading & Pick<TextSource, "warn">): AsyncGenerator<RowText> =>
  data.file.format === "json" ? jsonTexts(data, reading) : csvTexts(data, reading);

/**
 * Returns whether a file has a column or a field of this name that can hold source texts. Objects may lack the field,
 * so the first that has it decides.
 */
async function hasSource(
  { file, textColumn }: Omit<RowReading, "sourceColumn">,
  name: string,
): Promise<boolean> {
  if (file.format === "json") {
    for await (const { value } of readJsonRecords(file)) {
      if (Object.hasOwn(value, name)) return value[name] === null || typeof value[name] === "string";
    }
    return false;
  }
  for await (const { other } of readRows(file, textColumn, name)) return other !== undefined;
  return false;
}

/**
 * Inspects a data file and reads its first row.
 *
 * @param sourceColumn column or field with the source texts. Default: "source", if the first row has it
 * @throws DialoguePpoError ERR_DATA naming the file
 */
export async function openRowData(
  path: string,
  textColumn: string,
  sourceColumn: string | undefined,
  warn: (message: string) => void,
): Promise<RowData> {
  const found = { file: await inspectDataFile(path, warn), textColumn };
  const name = sourceColumn ?? SOURCE_COLUMN;
  const has = name !== textColumn && (await hasSource(found, name));
  if (!has && sourceColumn !== undefined) {
    const kind = found.file.format === "json" ? "its objects have no text in the field" : "it has no column";
    throw new DialoguePpoError(
      "ERR_DATA",
      `${path}: ${kind} "${name}"; --source-column names the source texts`,
    );
  }
  const data = { ...found, sourceColumn: has ? name : undefined };
  const rows = rowTexts(data, { keepLabels: true, paragraphs: "lines", warn });
  const first = await rows.next();
  await rows.return(undefined);
  return { ...data, hasIds: !first.done && first.value.id !== undefined };
}

/**
 * Streams the texts to score, in order.
 *
 * @param onFailure receives each text file that cannot be read. Without it, the first of them is thrown
 * @throws DialoguePpoError ERR_DATA naming file and line
 */
export async function* readTexts(
  texts: TextSource,
  onFailure?: (failed: FailedText) => void,
): AsyncGenerator<NamedText> {
  const { files, data, source } = texts;
  const absent = data?.sourceColumn === undefined ? undefined : null;
  for (const { id, path } of files) {
    try {
      yield { id, input: await readTextInput(path, texts), source: source ?? absent };
    } catch (error) {
      if (onFailure === undefined || !(error instanceof DialoguePpoError && error.code === "ERR_DATA"))
        throw error;
      onFailure({ id, problem: error.message });
    }
  }
  if (data === undefined) return;
  for await (const { id, number, input, source: own } of rowTexts(data, texts)) {
    yield {
      id: id ?? String(number),
      input,
      source: source ?? (absent === undefined ? undefined : own),
    };
  }
}

/** Returns the texts of an input; none for annotated tokens, which somebody has looked at. */
export function textsOf(input: TaacoInput): readonly string[] {
  if (typeof input === "string") return [input];
  return "turns" in input ? input.turns.map(({ text }) => text) : [];
}

/** Yields the texts unchanged, and shows each to `inspect` before. */
export async function* inspected(
  texts: AsyncIterable<NamedText>,
  inspect: (text: NamedText) => void,
): AsyncGenerator<NamedText> {
  for await (const text of texts) {
    inspect(text);
    yield text;
  }
}
