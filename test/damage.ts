import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Changes one bit in the middle of a file. */
export function flipBit(file: string): void {
  const bytes = readFileSync(file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** Ways to damage any file, by what it then is. */
export const DAMAGES = {
  removed: (file: string) => rmSync(file),
  empty: (file: string) => truncateSync(file),
  truncated: (file: string) => truncateSync(file, readFileSync(file).length >> 1),
  null: (file: string) => writeFileSync(file, "null\n"),
};

/** Returns the paths of all files below a folder, relative to it. */
export const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
