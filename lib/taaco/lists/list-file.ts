import { readTextFile } from "../../input.ts";
import { normaliseLineEnds } from "../../line-ends.ts";

/**
 * Reads a UTF-8 file. Line ends are line feeds.
 * @throws DialoguePpoError ERR_DATA when it cannot be read
 */
export function readListFile(file: string): string {
  return normaliseLineEnds(readTextFile(file, "ERR_DATA", "a word list"));
}

/**
 * Reads a list with one entry per line and comments that begin with `#`. Entries are lower-cased.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read
 */
export function readPlainList(file: string): ReadonlySet<string> {
  const entries = readListFile(file)
    .split(/\r?\n/)
    .map((line) => line.trim().toLowerCase())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(entries);
}
