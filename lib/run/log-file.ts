import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../atomic.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeError } from "../file-error.ts";

/**
 * Appends objects to a file, one JSON line each. The file is created if it does not exist.
 * @throws DialoguePpoError ERR_CONFIG when the place cannot be written to, ERR_IO when the disk is full or fails
 */
export function appendJsonLines(file: string, ...objects: readonly object[]): void {
  if (objects.length === 0) return;
  try {
    appendFileSync(file, toJsonLines(objects));
  } catch (cause) {
    throw writeError(file, cause);
  }
}

const toJsonLines = (objects: readonly object[]): string =>
  objects.map((object) => `${JSON.stringify(object)}\n`).join("");

/**
 * Reads the objects of a file of JSON lines. A last line without a line feed is left out. A file that does not exist has no
 * objects.
 *
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT naming the line
 */
export function readJsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  // The text after the last line feed is a line that was not written completely.
  return lines.slice(0, -1).map((line, index) => {
    try {
      return JSON.parse(line) as T;
    } catch (cause) {
      throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${file}, line ${index + 1} is no JSON`, { cause });
    }
  });
}

/** Removes the lines of steps after `step`, because a run that is resumed at `step` writes them again. */
export function cutAfterStep(file: string, step: number): void {
  if (!existsSync(file)) return;
  const kept = readJsonLines<{ step: number }>(file).filter((line) => line.step <= step);
  writeFileAtomic(file, toJsonLines(kept));
}

/** Replaces values that are not finite by null, because JSON has no NaN, and lists their names under `nan_keys`. */
export function finiteOrNull(stats: Readonly<Record<string, number>>): {
  stats: Record<string, number | null>;
  nan_keys?: string[];
} {
  const notFinite = Object.keys(stats).filter((name) => !Number.isFinite(stats[name]));
  const clean = Object.fromEntries(
    Object.entries(stats).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
  return notFinite.length === 0 ? { stats: clean } : { stats: clean, nan_keys: notFinite };
}
