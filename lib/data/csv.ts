import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type CsvError, parse } from "csv-parse";
import { DialoguePpoError } from "../errors.ts";

/** A data row of a CSV file. */
export interface CsvRow {
  /** Value of each column by name. */
  readonly values: Readonly<Record<string, string>>;
  /** Line of the file on which the row ends, from 1. */
  readonly line: number;
  /** Names of all columns in the order of the header. */
  readonly columns: readonly string[];
}

/** Longest row in characters. The limit bounds the memory that an unclosed quote in a large file takes. */
const MAX_RECORD = 64 * 2 ** 20;

/** @throws DialoguePpoError ERR_DATA when the path is not a file or the file is empty */
async function checkFile(path: string): Promise<void> {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "no such file" : cause.message;
    throw new DialoguePpoError("ERR_DATA", `${path}: ${why}; expected a CSV file`, { cause });
  });
  if (!info.isFile()) throw new DialoguePpoError("ERR_DATA", `${path} is not a file; expected a CSV file`);
  if (info.size === 0)
    throw new DialoguePpoError("ERR_DATA", `${path} is empty; expected a CSV file with a header`);
}

/** Other separators of CSV files. A header with only one column that contains one of them has the wrong separator. */
const OTHER_SEPARATOR = /[;\t|]/;

function checkHeader(path: string, header: readonly string[]): string[] {
  const [other] = (header.length === 1 && OTHER_SEPARATOR.exec(header[0] ?? "")) || [];
  if (other !== undefined) {
    const shown = other === "\t" ? "tabs" : `"${other}"`;
    throw new DialoguePpoError("ERR_DATA", `${path}: its columns are separated by ${shown}, expected ","`);
  }
  const seen = new Set<string>();
  for (const name of header) {
    if (name !== "" && seen.has(name)) {
      throw new DialoguePpoError("ERR_DATA", `${path}: the column "${name}" appears twice in the header`);
    }
    seen.add(name);
  }
  return [...header];
}

/** @throws DialoguePpoError ERR_DATA when a value has the character that replaces invalid UTF-8 */
function checkText(path: string, row: CsvRow): void {
  for (const [column, value] of Object.entries(row.values)) {
    if (value.includes("\ufffd")) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `${path}: the row that ends on line ${row.line}, column "${column}", is not valid UTF-8`,
      );
    }
  }
}

/**
 * Streams the rows of a CSV file in UTF-8 with a header. It ignores a byte-order mark and empty lines.
 *
 * @throws DialoguePpoError ERR_DATA when the file is missing or empty, when a row has another number of columns than the
 *   header, an unclosed quote or invalid UTF-8; the message names file and line
 */
export async function* readCsv(path: string): AsyncGenerator<CsvRow> {
  await checkFile(path);
  let columns: string[] = [];
  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: MAX_RECORD,
    columns: (header: string[]) => {
      columns = checkHeader(path, header);
      return columns;
    },
  });
  const stream = createReadStream(path).compose(parser);
  try {
    for await (const { record, info } of stream as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      const row = { values: record, line: info.lines, columns };
      checkText(path, row);
      yield row;
    }
  } catch (error) {
    if (error instanceof DialoguePpoError) throw error;
    const { code, message, lines } = error as CsvError & { lines?: number };
    const why = code === "CSV_QUOTE_NOT_CLOSED" ? "a quoted field is never closed" : message;
    throw new DialoguePpoError("ERR_DATA", `${path}${lines ? `, line ${lines}` : ""}: ${why}`, {
      cause: error,
    });
  }
  if (columns.length === 0) throw new DialoguePpoError("ERR_DATA", `${path} has no header`);
}
