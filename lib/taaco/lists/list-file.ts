import path from "node:path";
import { readTextFile } from "../../files/text-file.ts";
import { normaliseLineEnds } from "../../line-ends.ts";
import { LineTable } from "./line-table.ts";

/**
 * Reads a UTF-8 file. Line ends are line feeds.
 * @throws DialoguePpoError ERR_DATA when it cannot be read
 */
export function readListFile(file: string): string {
  return normaliseLineEnds(readTextFile(file, "ERR_DATA", "a word list"));
}

/**
 * Reads a UTF-8 file without the blanks at both ends of its lines.
 * @throws DialoguePpoError ERR_DATA when it cannot be read
 */
export function readTrimmedList(file: string): string {
  const text = readListFile(file);
  return /[ \t]$|^[ \t]/m.test(text) ? text.replace(/[ \t]+$|^[ \t]+/gm, "") : text;
}

/**
 * Reads the lines of a list file without blank lines, comments (they begin with `#`) and white space at both ends.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read
 */
function readListLines(file: string): string[] {
  const lines: string[] = [];
  for (const raw of readListFile(file).split("\n")) {
    const line = raw.trim();
    if (line !== "" && !line.startsWith("#")) lines.push(line);
  }
  return lines;
}

/**
 * Reads a list with one entry per line and comments that begin with `#`. Entries are lower-cased.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read
 */
export function readPlainList(file: string): ReadonlySet<string> {
  const entries = new Set<string>();
  for (const line of readListLines(file)) entries.add(line.toLowerCase());
  return entries;
}

/** Returns a function that computes its value on the first call and caches it. */
export function once<T>(compute: () => T): () => T {
  let cached: { value: T } | undefined;
  return () => {
    cached ??= { value: compute() };
    return cached.value;
  };
}

/** A set of words that can only be asked for one word at a time. */
export type WordSet = Pick<ReadonlySet<string>, "has">;

/** Returns a function that reads the adjectives of this package on the first call. */
export const adjectivesIn = (directory: string): (() => WordSet) =>
  once(
    () =>
      new LineTable(readTrimmedList(path.join(directory, "wordnet", "adjectives.txt")).toLowerCase(), true),
  );
