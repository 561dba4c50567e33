import { appendFileSync, existsSync, statSync } from "node:fs";
import { z } from "zod";
import { DialoguePpoError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { writeError } from "../files/file-error.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import { readLogLines } from "./log-lines.ts";

/**
 * Appends objects to a file, one JSON line each. The file is created if it does not exist.
 * @throws DialoguePpoError ERR_CONFIG when the place cannot be written to, ERR_IO when the disk is full or fails
 */
export function appendJsonLines(file: string, ...objects: readonly object[]): void {
  if (objects.length === 0) return;
  try {
    // Opening a pipe that nobody reads would never end.
    if (statSync(file, { throwIfNoEntry: false })?.isFIFO()) {
      throw new DialoguePpoError("ERR_CONFIG", `${file} is a pipe; expected a regular file`);
    }
    appendFileSync(file, toJsonLines(objects));
  } catch (cause) {
    throw writeError(file, cause);
  }
}

const toJsonLines = (objects: readonly object[]): string =>
  objects.map((object) => `${JSON.stringify(object)}\n`).join("");

const anyStep = z.looseObject({ step: z.number() });

/** Returns the object of a line of a log; undefined for any other text. */
function parseLine<T>(line: string, schema: z.ZodType<T>): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  // The object itself, so that a line that is written again is the same.
  return schema.safeParse(value).success ? (value as T) : undefined;
}

/**
 * Reads the objects of a log of JSON lines, each of which has a number `step`. A last line without a line feed is left
 * out, because it was not written completely. So are damaged lines: a log shows what happened, and nothing depends on
 * it, so that it must not keep a run from going on. A file that does not exist has no objects.
 *
 * @param log receives one warning with the number and the place of damaged lines, if there are any
 * @param schema what each object must be. Default: an object with a number `step`.
 */
export function readLogFile<T extends { readonly step: number }>(
  file: string,
  log: Logger,
  schema: z.ZodType<T> = anyStep as unknown as z.ZodType<T>,
): T[] {
  if (!existsSync(file)) return [];
  const objects: T[] = [];
  const damaged: number[] = [];
  let number = 0;
  for (const line of readLogLines(file)) {
    number += 1;
    const object = parseLine(line, schema);
    if (object === undefined) damaged.push(number);
    else objects.push(object);
  }
  if (damaged.length > 0) {
    const shown = damaged.slice(0, 3).join(", ") + (damaged.length > 3 ? ", ..." : "");
    log.warn(`${file}: ${formatCount(damaged.length, "line")} damaged and left out (${shown})`);
  }
  return objects;
}

/**
 * Removes the lines of steps after `step`, because a run that is resumed at `step` writes them again. Damaged lines are
 * removed as well.
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
