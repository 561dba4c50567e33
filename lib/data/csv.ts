import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type CsvError, parse } from "csv-parse";
import { DialoguePpoError } from "../errors.ts";

/** One data row with the line of the file on which it ends. */
export interface CsvRow {
  readonly values: Readonly<Record<string, string>>;
  readonly line: number;
  readonly columns: readonly string[];
}

const MAX_RECORD = 64 * 2 ** 20;

async function checkFile(path: string): Promise<void> {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "no such file" : cause.message;
    throw new DialoguePpoError("ERR_DATA", `${path}: ${why}; expected a CSV file`, { cause });
  });
  if (!info.isFile()) throw new DialoguePpoError("ERR_DATA", `${path} is not a file; expected a CSV file`);
  if (info.size === 0)
    throw new DialoguePpoError("ERR_DATA", `${path} is empty; expected a CSV file with a header`);
}

/** Separators of tables that are called CSV as well; a header of one name that has one is of such a table. */
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
 * Streams the rows of a CSV file with a header: UTF-8, with or without byte-order mark.
 *
 * @throws DialoguePpoError ERR_DATA naming file and line: missing, empty, ragged, an unclosed quote, invalid UTF-8
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
