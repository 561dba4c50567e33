import { readFileSync } from "node:fs";
import { DialoguePpoError } from "../../errors.ts";

/** Reads a UTF-8 list file; a missing one is named with what was expected. */
export function readListFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new DialoguePpoError("ERR_DATA", `${file}: word list cannot be read`, { cause });
  }
}

/** Plain list: one entry a line, `#` comments. */
export function readPlainList(file: string): ReadonlySet<string> {
  const entries = readListFile(file)
    .split(/\r?\n/)
    .map((line) => line.trim().toLowerCase())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(entries);
}
