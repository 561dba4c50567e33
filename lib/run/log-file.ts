import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "../atomic.ts";
import { DialoguePpoError } from "../errors.ts";

/** Appends objects to a file, one line each, which is made when it is absent. */
export function appendJsonLines(file: string, ...objects: readonly object[]): void {
  if (objects.length > 0) appendFileSync(file, toJsonLines(objects));
}

const toJsonLines = (objects: readonly object[]): string =>
  objects.map((object) => `${JSON.stringify(object)}\n`).join("");

/**
 * Reads the objects of a file of JSON lines. A last line that was not finished is left out; a file that does not exist
 * has none.
 *
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT naming the line
 */
export function readJsonLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  // What follows the last line feed is a line that was never finished.
  return lines.slice(0, -1).map((line, index) => {
    try {
      return JSON.parse(line) as T;
    } catch (cause) {
      throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${file}, line ${index + 1} is no JSON`, { cause });
    }
  });
}

/** Removes the lines of later steps, which a run that is resumed after this step writes again. */
export function cutAfterStep(file: string, step: number): void {
  if (!existsSync(file)) return;
  const kept = readJsonLines<{ step: number }>(file).filter((line) => line.step <= step);
  writeFileAtomic(file, toJsonLines(kept));
}

/** Prepares scalars for JSON, which has no NaN: a value that is not finite becomes null, and its name is listed. */
export function finiteOrNull(stats: Readonly<Record<string, number>>): {
  stats: Record<string, number | null>;
  nan_keys?: string[];
} {
  const strange = Object.keys(stats).filter((name) => !Number.isFinite(stats[name]));
  const clean = Object.fromEntries(
    Object.entries(stats).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
  return strange.length === 0 ? { stats: clean } : { stats: clean, nan_keys: strange };
}
