import type { DialoguePpoError } from "../errors.ts";
import type { DataFile } from "./data-file.ts";
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

const SEPARATORS = [";", "\t", "|"];

/** Returns the first lines of a file that are not empty. */
async function firstLines(file: DataFile): Promise<string[]> {
  let text = "";
  for await (const piece of readText(file.path, file.encoding)) {
    text += piece;
    if (text.trimStart().includes("\n")) break;
  }
  return text.replace(/^\n+/, "").split("\n").slice(0, 2);
}

/**
 * Returns the separator of a header: the comma if it has one, otherwise the semicolon, the tab or the bar that is most
 * frequent outside of quotation marks.
 */
function separatorOf(header: string): string {
  const bare = header.replace(/"(?:[^"]|"")*"?/g, "");
  if (bare.includes(",")) return ",";
  const counts = SEPARATORS.map((separator) => bare.split(separator).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? "," : (SEPARATORS[counts.indexOf(most)] as string);
}

/** Returns the dialects that a file can be written in, the most common first. */
async function candidates(file: DataFile): Promise<Dialect[]> {
  const [first = ""] = await firstLines(file);
  const stated = /^"?sep=(.)"?$/.exec(first)?.[1];
  const separator = stated ?? separatorOf(first);
  const plain = {
    separator,
    headerLine: stated === undefined ? 1 : 2,
    trim: false,
    backslash: false,
    quotes: true,
  };
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

/**
 * Returns whether a file without enclosing quotation marks can be told apart from one with them: a quoted field that
 * spans lines or holds separators changes the number of fields, except where both happen to agree.
 */
async function beginsNoField(file: DataFile, separator: string): Promise<boolean> {
  if (separator === "\t") return true;
  let last = "\n";
  for await (const text of readText(file.path, file.encoding)) {
    const piece = last + text;
    for (let at = piece.indexOf('"'); at !== -1; at = piece.indexOf('"', at + 1)) {
      const before = piece.slice(0, at).trimEnd().at(-1) ?? "\n";
      if (before === separator || /\n[ \t]*$/.test(piece.slice(Math.max(0, at - 64), at))) return false;
    }
    last = piece.slice(-64);
  }
  return true;
}

/**
 * Returns the dialect of a CSV file: the first of the known ones in which the whole file can be read. When there is
 * none, the ordinary dialect, whose error the caller meets again.
 *
 * @param check reads the whole file in a dialect and returns its first error
 */
export async function findDialect(
  file: DataFile,
  check: (dialect: Dialect) => Promise<DialoguePpoError | undefined>,
): Promise<Dialect> {
  const [plain, ...others] = await candidates(file);
  if ((await check(plain as Dialect)) === undefined) return plain as Dialect;
  for (const dialect of others) {
    if (!dialect.quotes && !(await beginsNoField(file, dialect.separator))) continue;
    if ((await check(dialect)) === undefined) return dialect;
  }
  return plain as Dialect;
}
