import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A media file inside the run folder and the value that refers to it in the history. */
export interface WandbTable {
  /** Relative to the run's files/ folder. */
  readonly path: string;
  readonly value: Record<string, unknown>;
}

/** Writes a table as W&B's media file, named by its content. */
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
  mkdirSync(path.dirname(file), { recursive: true });
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
