import { DialoguePpoError } from "../errors.ts";
import { formatTurn, type Turn } from "../sample.ts";
import { type CsvRow, readCsv } from "./csv.ts";
import type { DataFile } from "./data-file.ts";
import { LABEL_SOURCE, parseTurns } from "./dialogue.ts";
import { findField, readJsonContent } from "./json-dialogue.ts";
import { type JsonRecord, readJsonRecords } from "./json-records.ts";
import type { MergedPeople } from "./message-speaker.ts";
import { checkNoList } from "./spelt-out-list.ts";

/** A text of a data file: a row of CSV or an object of JSON. */
export interface DataRow {
  /** Number of the row or the object in the file, from 1. */
  readonly number: number;
  /** The id that the file gives; undefined without one. */
  readonly id: string | undefined;
  /** The text with its labels. Line ends are line feeds. */
  readonly text: string;
  /** The turns, when the file has them apart; otherwise the text must be split. */
  readonly turns: readonly Turn[] | undefined;
  /** Whether line ends of the text were spelt out as a backslash and an n. */
  readonly speltOut: boolean;
  /**
   * The value of the further column that the caller asked for; undefined when the file is no CSV or has no such column.
   */
  readonly other?: string | undefined;
  /** Roles of messages that were left out. */
  readonly leftOut: readonly string[];
  /** People whose messages became turns of one speaker; undefined without any. */
  readonly merged?: MergedPeople | undefined;
}

/** Values with which other programs write a missing text: R writes NA, Excel #N/A. */
const MISSING = new Set(["NaN", "nan", "NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "\\N", "<NA>"]);

/** NA is not missing as an id: it is the code of Namibia and somebody's initials, and JSON has it as an id, too. */
const idText = (value: string): string | undefined => {
  const id = value.trim();
  return id === "" || (MISSING.has(id) && id !== "NA") ? undefined : id;
};

const cellText = (value: string): string => (MISSING.has(value.trim()) ? "" : value);

/** Matches line ends that are spelt out before the label of a speaker. */
const SPELT_OUT = new RegExp(String.raw`(?:\\r)?\\n(?=${LABEL_SOURCE})`);

/**
 * Replaces line ends that are spelt out as a backslash and an n. Only a text without any line end is changed, in which
 * they stand before the label of a speaker.
 */
function readSpeltOutLineEnds(text: string): { text: string; speltOut: boolean } {
  if (text.trim().includes("\n") || !SPELT_OUT.test(text)) return { text, speltOut: false };
  return { text: text.replace(/(?:\\r)?\\n/g, "\n"), speltOut: true };
}

/** Names of the columns of a CSV file that are read. */
interface ColumnNames {
  readonly text: string;
  readonly id: string;
  readonly other: string | undefined;
}

/** Returns the name of a column as the file has it, of which blanks around it do not matter. */
const columnOf = (columns: readonly string[], wanted: string): string | undefined =>
  columns.includes(wanted) ? wanted : columns.find((column) => column.trim() === wanted);

function findColumn(file: DataFile, columns: readonly string[], wanted: string): string {
  const name = columnOf(columns, wanted);
  if (name !== undefined) return name;
  // A file without a header has a whole dialogue in place of a name.
  const short = columns.slice(0, 10).map((one) => (one.length > 40 ? `${one.slice(0, 40)}...` : one));
  const shown = short.join(", ") + (columns.length > 10 ? ", ..." : "");
  throw new DialoguePpoError(
    "ERR_DATA",
    `${file.path} has no column "${wanted}"; its columns are ${shown}; name another with --text-column`,
  );
}

function findColumns(
  file: DataFile,
  columns: readonly string[],
  text: string,
  other: string | undefined,
): ColumnNames {
  return {
    text: findColumn(file, columns, text),
    id: columnOf(columns, "Filename") ?? columnOf(columns, "id") ?? "Filename",
    other: other === undefined ? undefined : columnOf(columns, other),
  };
}

function csvRow(file: DataFile, { values, number, line }: CsvRow, names: ColumnNames): DataRow {
  const textIn = (column: string): string => {
    const text = cellText(values[column] ?? "");
    checkNoList(text, `${file.path}, row ${number} (line ${line}), column "${column}"`);
    return text;
  };
  return {
    number,
    id: idText(values[names.id] ?? ""),
    ...readSpeltOutLineEnds(textIn(names.text)),
    turns: undefined,
    ...(names.other !== undefined && { other: textIn(names.other) }),
    leftOut: [],
  };
}

async function* csvRows(file: DataFile, textColumn: string, other?: string): AsyncGenerator<DataRow> {
  let names: ColumnNames | undefined;
  const rows = readCsv(file.path, file);
  try {
    for (;;) {
      const { done, value } = await rows.next();
      if (done) {
        if (names !== undefined) return;
        // A file of one line is most likely no CSV, and then its column is what is wrong.
        findColumn(file, value, textColumn);
        throw new DialoguePpoError("ERR_DATA", `${file.path} has a header but no rows`);
      }
      names ??= findColumns(file, value.columns, textColumn, other);
      yield csvRow(file, value, names);
    }
  } finally {
    // Closes the file when the caller wants no more rows.
    await rows.return([]);
  }
}

/** Returns the id of an object: its field id, or else Filename, as a CSV file calls it. */
export function recordId({ value, where }: JsonRecord): string | undefined {
  const id = value.id ?? value.Filename ?? undefined;
  if (id === undefined) return undefined;
  if (typeof id === "number" && Math.abs(id) > Number.MAX_SAFE_INTEGER) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${where}: the id is a number above 2^53, of which JSON keeps only the first digits; write it as a text, in quotation marks`,
    );
  }
  if (typeof id === "string" || typeof id === "number") return String(id).trim() || undefined;
  throw new DialoguePpoError("ERR_DATA", `${where}: the id is neither a text nor a number`);
}

/** Converts a JSON object to a row; see {@link readJsonContent} for the field and the speakers. */
export function jsonRow(record: JsonRecord, field: string, anySpeaker = false): DataRow {
  const { text, turns, leftOut, merged } = readJsonContent(record, field, anySpeaker);
  if (text !== undefined) checkNoList(text, `${record.where}, field "${field}"`);
  const row = { number: record.number, id: recordId(record), turns, leftOut, merged };
  const whole =
    turns === undefined
      ? readSpeltOutLineEnds(text ?? "")
      : { text: turns.map(formatTurn).join("\n"), speltOut: false };
  if (whole.text.includes("\0")) {
    throw new DialoguePpoError("ERR_DATA", `${record.where}: a NUL character, which no text has`);
  }
  // JSON can spell out one half of a character of two units, such as "\ud83d"; no encoding can hold it.
  if (/\p{Surrogate}/u.test(whole.text)) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${record.where}: half of a character (\\ud800 to \\udfff), which no text has`,
    );
  }
  return { ...row, ...whole };
}

async function* jsonRows(file: DataFile, textColumn: string): AsyncGenerator<DataRow> {
  let field: string | undefined;
  for await (const record of readJsonRecords(file)) {
    field ??= findField(record, textColumn);
    yield jsonRow(record, field);
  }
}

/**
 * Streams the texts of a CSV file, a file of JSON Lines or a JSON array.
 *
 * @param textColumn column, or field of the objects, with the texts. In JSON, "text" also stands for turns, messages
 *   and conversations
 * @param other name of a further column of a CSV file, whose values the rows then hold
 * @throws DialoguePpoError ERR_DATA naming file, row or line, and column or field
 */
export function readRows(file: DataFile, textColumn: string, other?: string): AsyncGenerator<DataRow> {
  return file.format === "json" ? jsonRows(file, textColumn) : csvRows(file, textColumn, other);
}

/** Returns the turns of a row. */
export const turnsOf = ({ turns, text }: DataRow): readonly Turn[] => turns ?? parseTurns(text);
