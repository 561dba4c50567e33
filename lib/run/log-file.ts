import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { DialoguePpoError } from "../errors.ts";
import { writeFileAtomic } from "./atomic.ts";

/** A file of one JSON object a line, appended to in whole lines. */
export class JsonLines {
  readonly #handle: number;

  constructor(file: string) {
    this.#handle = openSync(file, "a");
  }

  append(...objects: readonly object[]): void {
    if (objects.length === 0) return;
    writeSync(this.#handle, objects.map((object) => `${JSON.stringify(object)}\n`).join(""));
  }

  close(): void {
    closeSync(this.#handle);
  }
}

/**
 * The objects of a file of lines; a last line that was cut off while it was written is left out.
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

/** Takes away the lines beyond a step: what is resumed from there will be written again. */
export function cutAfterStep(file: string, step: number): void {
  if (!existsSync(file)) return;
  const kept = readJsonLines<{ step: number }>(file).filter((line) => line.step <= step);
  writeFileAtomic(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** Scalars ready for JSON, which has no NaN: what is not finite becomes null and is named. */
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
