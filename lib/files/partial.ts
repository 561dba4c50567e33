import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

/** Options of the atomic writers. */
export interface AtomicOptions {
  /**
   * Whether several processes may write the target at the same time, as in a cache. Each then uses its own temporary
   * name.
   */
  readonly shared?: boolean;
}

/** Returns the temporary name of a file or folder that is not complete. */
export function partialName(place: string, { shared = false }: AtomicOptions): string {
  return `${place}.partial${shared ? `-${process.pid}-${randomUUID().slice(0, 8)}` : ""}`;
}

/** Flushes the contents of a file, or the entries of a folder, to the disk. */
export function syncPath(target: string): void {
  // Windows can flush neither folders nor files that are open for reading.
  if (process.platform === "win32") return;
  const handle = openSync(target, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Renames a complete file to its final name. The contents are flushed to the disk first, so that after a crash there is
 * either the old file or the new one.
 */
export function publishFile(partial: string, file: string): void {
  syncPath(partial);
  renameSync(partial, file);
  syncPath(path.dirname(path.resolve(file)));
}

/** Temporary files and folders of this process whose names no other process looks for. */
export const ownPartials = new Set<string>();

/**
 * Removes the temporary files and folders that are being written and that no later command would remove, because their
 * names are those of this process only. Called before the process is killed.
 */
export function removeOwnPartials(): void {
  for (const partial of ownPartials) {
    try {
      rmSync(partial, { recursive: true, force: true });
    } catch {
      // The process ends by a signal, and no message could follow.
    }
  }
}
