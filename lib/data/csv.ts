import { Readable } from "node:stream";
import { type CsvError, type InfoRecord, parse } from "csv-parse";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import { type Dialect, findDialect, MAX_RECORD, ROW_TOO_LONG } from "./csv-dialect.ts";
import { type DataFile, inspectDataFile } from "./data-file.ts";
import { NOT_UTF8 } from "./encoding.ts";
import { readText } from "./text-stream.ts";

/** A data row of a CSV file. */
export interface CsvRow {
  /** Value of each column by name. Line ends are line feeds. */
  readonly values: Readonly<Record<string, string>>;
  /** Number of the row, from 1. Neither the header nor empty lines count. */
  readonly number: number;
  /** Line of the file on which the row ends, from 1. */
  readonly line: number;
  /** Names of all columns in the order of the header. */
  readonly columns: readonly string[];
}

function checkHeader(path: string, header: readonly string[]): string[] {
  const seen = new Set<string>();
  // Blanks around a name do not matter, so `text` and ` text` are one name.
  for (const name of header.map((each) => each.trim())) {
    if (name !== "" && seen.has(name)) {
      throw new DialoguePpoError("ERR_DATA", `${path}: the column "${name}" appears twice in the header`);
    }
    seen.add(name);
  }
  return [...header];
}

/** @throws DialoguePpoError ERR_DATA when a value has a zero byte, or a damaged file the mark of invalid UTF-8 */
function checkText(file: DataFile, row: CsvRow): void {
  for (const [column, value] of Object.entries(row.values)) {
    const place = `${file.path}, row ${row.number} (line ${row.line}), column "${column}"`;
    if (value.includes("\0")) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `${place}: a NUL character, which no text has; is the file damaged?`,
      );
    }
    if (file.encoding === "damaged" && value.includes("\ufffd")) {
      throw new DialoguePpoError("ERR_DATA", `${place} ${NOT_UTF8}`);
    }
  }
}

type RowError = CsvError & { lines?: number; column?: string | number; record?: unknown[] };

/** Says in our own words what is wrong with a row. */
function describeRowError(error: RowError, columns: readonly string[], separator: string): string {
  const shown = separator === "\t" ? "a tab" : `"${separator}"`;
  const column = typeof error.column === "string" ? `column "${error.column}": ` : "";
  switch (error.code as string) {
    case "CSV_QUOTE_NOT_CLOSED":
      return "a quoted field is never closed; expected a quotation mark at its end";
    case "CSV_INVALID_CLOSING_QUOTE":
    case "CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE":
      return `${column}text follows the closing quotation mark; expected each mark inside a quoted field doubled ("")`;
    case "INVALID_OPENING_QUOTE":
      return `${column}a quotation mark stands in a field without quotes; expected the whole field in quotes and each mark in it doubled ("")`;
    case "CSV_MAX_RECORD_SIZE":
      return ROW_TOO_LONG;
    case "CSV_RECORD_INCONSISTENT_COLUMNS":
      return `${formatCount(error.record?.length ?? 0, "field")}; expected ${columns.length}, as in the header; a field with ${shown} or a line end must be in quotes`;
    default:
      return "the row cannot be read as CSV";
  }
}

/** @param parsed the last row that was parsed, with which the parser can be ahead of its reader */
function toDataError(error: unknown, file: DataFile, separator: string, parsed: CsvRow): DialoguePpoError {
  if (error instanceof DialoguePpoError) return error;
  const rowError = error as RowError;
  const { lines } = rowError;
  // A field that is never closed reaches to the end of the file; the line on which its row begins is more useful.
  const line = rowError.code === "CSV_QUOTE_NOT_CLOSED" ? parsed.line + 1 : lines;
  const place = `row ${parsed.number + 1}${line === undefined ? "" : ` (line ${line})`}`;
  const why = describeRowError(rowError, parsed.columns, separator);
  return new DialoguePpoError("ERR_DATA", `${file.path}, ${place}: ${why}`, { cause: error });
}

/** Doubles quotation marks that a backslash escapes, and removes the backslash before a backslash or a line end. */
async function* withDoubledQuotes(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const text = rest + piece;
    // An odd number of backslashes at the end belongs to the character that follows.
    let end = text.length;
    while (text[end - 1] === "\\") end -= 1;
    rest = (text.length - end) % 2 === 1 ? "\\" : "";
    const whole = rest === "" ? text : text.slice(0, -1);
    yield whole.replace(/\\(["\\\n])/g, (_, character: string) => (character === '"' ? '""' : character));
  }
  yield rest;
}

function parserOptions({ separator, headerLine, trim, quotes }: Dialect) {
  return {
    delimiter: separator,
    record_delimiter: "\n",
    from_line: headerLine,
    trim,
    ...(quotes ? {} : { quote: false }),
    skip_empty_lines: true,
    max_record_size: MAX_RECORD,
  };
}

async function* parseRows(file: DataFile, dialect: Dialect): AsyncGenerator<CsvRow, readonly string[]> {
  let columns: string[] = [];
  let parsed: CsvRow = { values: {}, number: 0, line: dialect.headerLine, columns };
  const header = (names: string[]): string[] => {
    columns = checkHeader(file.path, names);
    parsed = { ...parsed, columns };
    return columns;
  };
  const onRecord = (values: Record<string, string>, { records, lines }: InfoRecord): CsvRow => {
    parsed = { values, number: records, line: lines, columns };
    return parsed;
  };
  const parser = parse<CsvRow, Record<string, string>>({
    ...parserOptions(dialect),
    columns: header,
    on_record: onRecord,
  });
  const text = readText(file.path, file.encoding);
  const stream = Readable.from(dialect.backslash ? withDoubledQuotes(text) : text).compose(parser);
  try {
    for await (const row of stream as AsyncIterable<CsvRow>) {
      checkText(file, row);
      yield row;
    }
  } catch (error) {
    throw toDataError(error, file, dialect.separator, parsed);
  }
  if (columns.length === 0) throw new DialoguePpoError("ERR_DATA", `${file.path} has no header`);
  return columns;
}

/** Reads a whole file in a dialect and returns the number of its rows, or its first error. */
async function countRows(file: DataFile, dialect: Dialect): Promise<number | DialoguePpoError> {
  let rows = 0;
  try {
    for await (const _ of parseRows(file, dialect)) rows += 1;
    return rows;
  } catch (error) {
    if (error instanceof DialoguePpoError) return error;
    throw error;
  }
}

/** The dialects of files that have been checked, so that a file that is opened several times is checked once. */
const dialects = new WeakMap<DataFile, Promise<Dialect>>();

function dialectOf(file: DataFile): Promise<Dialect> {
  const known = dialects.get(file) ?? findDialect(file, (dialect) => countRows(file, dialect));
  dialects.set(file, known);
  return known;
}

/**
 * Streams the rows of a CSV file with a header. It ignores a byte-order mark and empty lines, and finds out encoding,
 * separator and the way of quoting. The whole file is checked before the first row comes.
 *
 * @param inspected the file as `inspectDataFile` describes it. With the same object the file is checked only once.
 * @returns the names of the columns, which a file without rows has, too
 * @throws DialoguePpoError ERR_DATA when the file is missing or empty, when a row has another number of columns than
 *   the header, an unclosed quote, a NUL or invalid UTF-8; the message names file, row and line
 */
export async function* readCsv(
  path: string,
  inspected?: DataFile,
): AsyncGenerator<CsvRow, readonly string[]> {
  const file = inspected ?? (await inspectDataFile(path));
  return yield* parseRows(file, await dialectOf(file));
}
