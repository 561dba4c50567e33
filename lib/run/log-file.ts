import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../atomic.ts";
import { writeError } from "../file-error.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";

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

/** Returns the object of a line of a log; undefined for any other text. */
function parseLine(line: string): { readonly step: number } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { step } = (value ?? {}) as { step?: unknown };
  return typeof step === "number" ? (value as { step: number }) : undefined;
}

/**
 * Reads the objects of a log of JSON lines, each of which has a number `step`. A last line without a line feed is left out,
 * because it was not written completely. So are damaged lines: a log shows what happened, and nothing depends on it, so that
 * it must not keep a run from going on. A file that does not exist has no objects.
 *
 * @param log receives one warning with the number and the place of damaged lines, if there are any
 */
export function readLogFile<T extends { readonly step: number }>(file: string, log: Logger): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const objects = lines.map(parseLine);
  const damaged = objects.flatMap((object, index) => (object === undefined ? [index + 1] : []));
  if (damaged.length > 0) {
    const shown = damaged.slice(0, 3).join(", ") + (damaged.length > 3 ? ", ..." : "");
    log.warn(`${file}: ${formatCount(damaged.length, "line")} damaged and left out (${shown})`);
  }
  return objects.filter((object) => object !== undefined) as unknown as T[];
}

/**
 * Removes the lines of steps after `step`, because a run that is resumed at `step` writes them again. Damaged lines are removed
 * as well.
 *
 * @param log receives one warning if there are damaged lines
 */
export function cutAfterStep(file: string, step: number, log: Logger): void {
  if (!existsSync(file)) return;
  const kept = readLogFile(file, log).filter((line) => line.step <= step);
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
