import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

function syncPath(target: string): void {
  const handle = openSync(target, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes a file whole or not at all: to a neighbour, synced, then renamed over it. */
export function writeFileAtomic(file: string, content: string): void {
  const partial = `${file}.partial`;
  writeFileSync(partial, content);
  syncPath(partial);
  renameSync(partial, file);
}

/** Makes a folder appear whole or not at all: everything in `partial` is synced, then it takes the final name. */
export function publishFolder(partial: string, final: string): void {
  for (const entry of readdirSync(partial, { recursive: true, withFileTypes: true })) {
    syncPath(path.join(entry.parentPath, entry.name));
  }
  syncPath(partial);
  rmSync(final, { recursive: true, force: true });
  renameSync(partial, final);
  syncPath(path.dirname(final));
}
