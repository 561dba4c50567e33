import { readFileSync } from "node:fs";
import { DialoguePpoError } from "../../errors.ts";

/**
 * Reads a UTF-8 file.
 * @throws DialoguePpoError ERR_DATA when it cannot be read
 */
export function readListFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new DialoguePpoError("ERR_DATA", `${file}: word list cannot be read`, { cause });
  }
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
