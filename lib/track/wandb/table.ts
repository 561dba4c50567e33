import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolders } from "../../files/make-folders.ts";

/** Table file in the run folder and the history value that refers to it. */
export interface WandbTable {
  /** Path relative to the run's `files/` folder. */
  readonly path: string;
  /** Value for a row of the history. */
  readonly value: Record<string, unknown>;
}

/** Writes a table as a W&B media file, whose name contains a hash of the content. */
export function writeTable(
  filesFolder: string,
  key: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  step: number,
): WandbTable {
  const text = JSON.stringify({ columns, data: rows });
  const sha256 = createHash("sha256").update(text).digest("hex");
  const relative = path.posix.join("media", "table", `${key}_${step}_${sha256.slice(0, 20)}.table.json`);
  const file = path.join(filesFolder, relative);
  makeFolders(path.dirname(file));
  writeFileSync(file, text);
  const value = {
    _type: "table-file",
    path: relative,
    sha256,
    size: Buffer.byteLength(text),
    ncols: columns.length,
    nrows: rows.length,
  };
  return { path: relative, value };
}
