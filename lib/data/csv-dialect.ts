import { DialoguePpoError } from "../errors.ts";
import type { DataFile } from "./data-file.ts";
import { LABEL_SOURCE } from "./dialogue.ts";
import { readText } from "./text-stream.ts";

/** How a CSV file is written. */
export interface Dialect {
  /** Character between two fields. */
  readonly separator: string;
  /** Line of the header, from 1; 2 after a line such as `sep=;`, which Excel writes. */
  readonly headerLine: number;
  /** Whether blanks around quoted fields are left out. */
  readonly trim: boolean;
  /** Whether a backslash stands before a quotation mark in a quoted field. Default: the mark is doubled. */
  readonly backslash: boolean;
  /** Whether quotation marks enclose fields. Without it they are part of the text. */
  readonly quotes: boolean;
}

/** Longest row in characters. The limit bounds the memory that an unclosed quote in a large file takes. */
export const MAX_RECORD = 64 * 2 ** 20;

/** Says that a row is longer than {@link MAX_RECORD}. */
export const ROW_TOO_LONG = "a row is longer than 64 MiB; is a quotation mark or a line end missing?";

const SEPARATORS = [";", "\t", "|"];

/**
 * Returns the first line of a file that is not empty.
 * @throws DialoguePpoError ERR_DATA when it is longer than a row may be
 */
async function firstLine(file: DataFile, mostCharacters: number): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of readText(file.path, file.encoding)) {
    const text = length === 0 ? piece.replace(/^\n+/, "") : piece;
    const end = text.indexOf("\n");
    pieces.push(end === -1 ? text : text.slice(0, end));
    length += text.length;
    if (end !== -1) break;
    if (length > mostCharacters) {
      throw new DialoguePpoError("ERR_DATA", `${file.path}, row 1 (line 1): ${ROW_TOO_LONG}`);
    }
  }
  return pieces.join("");
}

/**
 * Returns the separators that a header can have, the most likely first: the comma, then the semicolon, the tab and the
 * bar by their frequency outside of quotation marks.
 */
function separatorsOf(header: string): string[] {
  const bare = header.replace(/"[^"]*"?/g, "");
  const count = (separator: string): number => bare.split(separator).length - 1;
  const others = SEPARATORS.filter((separator) => count(separator) > 0).sort((a, b) => count(b) - count(a));
  return bare.includes(",") || others.length === 0 ? [",", ...others] : others;
}

/** Returns the dialects of files with a separator, the most common first. */
function dialectsWith(separator: string, headerLine: number): [Dialect, ...Dialect[]] {
  const plain = { separator, headerLine, trim: false, backslash: false, quotes: true };
  const backslash = { ...plain, backslash: true };
  // Blanks and tabs cannot be left out where the tab is the separator.
  const trims =
    separator === "\t"
      ? []
      : [
          { ...plain, trim: true },
          { ...backslash, trim: true },
        ];
  return [plain, backslash, ...trims, { ...plain, quotes: false }];
}

/** Returns the dialects that a file can be written in, the most common first. */
async function candidates(file: DataFile, mostCharacters: number): Promise<Dialect[]> {
  const first = await firstLine(file, mostCharacters);
  const stated = /^"?sep=(.)"?$/.exec(first)?.[1];
  // Every row must have as many fields as the header, so a file is hardly read with a separator that is not its own.
  const separators = stated === undefined ? separatorsOf(first) : [stated];
  return separators.flatMap((separator) => dialectsWith(separator, stated === undefined ? 1 : 2));
}

/**
 * Returns whether a file may have fields in quotation marks. If so, it must not be read as one in which the marks are
 * part of the text: a field that holds separators or line ends would be split, and the number of fields could still be
 * right by chance. Programs that separate fields by tabs seldom quote them, so tabs count as a sign of text.
 */
async function mayQuoteFields(file: DataFile, separator: string): Promise<boolean> {
  if (separator === "\t") return false;
  let last = "\n";
  for await (const text of readText(file.path, file.encoding)) {
    const piece = last + text;
    for (let at = piece.indexOf('"'); at !== -1; at = piece.indexOf('"', at + 1)) {
      const before = piece.slice(0, at).trimEnd().at(-1) ?? "\n";
      if (before === separator || /\n[ \t]*$/.test(piece.slice(Math.max(0, at - 64), at))) return true;
    }
    last = piece.slice(-64);
  }
  return false;
}

/** What a whole file is in a dialect: its number of rows, or its first error. */
export type DialectCheck = (dialect: Dialect) => Promise<number | DialoguePpoError>;

/** Matches a mark before a speaker's label, as at the start of a quoted field. No quotation begins with a label. */
const MARK_BEFORE_LABEL = new RegExp(String.raw`[\n\t|]"${LABEL_SOURCE}`);

/**
 * Returns whether a file has quotation marks in its header, two in a row, or one before a dialogue, as only files with
 * quoted fields do.
 */
async function marksEnclose(file: DataFile): Promise<boolean> {
  let last = "";
  let inHeader = true;
  for await (const text of readText(file.path, file.encoding)) {
    const piece = last + text;
    if (piece.includes('""') || MARK_BEFORE_LABEL.test(piece)) return true;
    if (inHeader && /^[^\n]*"/.test(piece.trimStart())) return true;
    inHeader &&= !piece.trimStart().includes("\n");
    last = piece.slice(-64);
  }
  return false;
}

/**
 * Returns whether a file whose fields are separated by tabs or bars has more rows without quotes. Then a field that
 * begins with a quotation mark, such as a text that quotes somebody, ran on over whole rows to the next mark at the end
 * of a field. If the mark did enclose a field with line ends, its lines would not have the fields of a row.
 */
async function quotesSwallowRows(
  file: DataFile,
  plain: Dialect,
  rows: number,
  check: DialectCheck,
): Promise<boolean> {
  if (plain.separator !== "\t" && plain.separator !== "|") return false;
  const unquoted = await check({ ...plain, quotes: false });
  return typeof unquoted === "number" && unquoted > rows && !(await marksEnclose(file));
}

/**
 * Returns the dialect of a CSV file: the first of the known ones in which the whole file can be read. When there is
 * none, the ordinary dialect, whose error the caller meets again.
 *
 * @param check reads the whole file in a dialect
 * @param mostCharacters longest first line
 * @throws DialoguePpoError ERR_DATA when the first line is longer
 */
export async function findDialect(
  file: DataFile,
  check: DialectCheck,
  mostCharacters = MAX_RECORD,
): Promise<Dialect> {
  const [first, ...others] = await candidates(file, mostCharacters);
  const plain = first as Dialect;
  const rows = await check(plain);
  if (typeof rows === "number") {
    return { ...plain, quotes: !(await quotesSwallowRows(file, plain, rows, check)) };
  }
  for (const dialect of others) {
    if (!dialect.quotes && (await mayQuoteFields(file, dialect.separator))) continue;
    if (typeof (await check(dialect)) === "number") return dialect;
  }
  return plain;
}
