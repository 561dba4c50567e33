import { DialoguePpoError } from "../errors.ts";

/** Number of edits between two words; small words only. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known name that a misspelt one probably meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

/**
 * Refuses an option that is not known: silently ignored, a misspelt name costs a day.
 * @throws DialoguePpoError ERR_CONFIG naming the option and the nearest known one
 */
export function checkNames(options: object, known: readonly string[], where: string): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${where}: unknown option "${name}"${near ? `; did you mean "${near}"?` : ""}`,
    );
  }
}

/**
 * Rows of token ids.
 * @throws DialoguePpoError ERR_SHAPE
 */
export function checkRows(rows: unknown, name: string): asserts rows is Int32Array[] {
  if (!Array.isArray(rows) || !rows.every((row) => row instanceof Int32Array)) {
    throw new DialoguePpoError("ERR_SHAPE", `${name}: expected a list of Int32Array, got ${typeof rows}`);
  }
}
