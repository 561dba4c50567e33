import { DialoguePpoError } from "../errors.ts";
import { nearestName } from "../options/nearest.ts";

/**
 * Refuses unknown options. A misspelt name that is silently ignored costs a day.
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
 * Checks that a value is a list of token rows.
 * @throws DialoguePpoError ERR_SHAPE
 */
export function checkRows(rows: unknown, name: string): asserts rows is Int32Array[] {
  if (!Array.isArray(rows) || !rows.every((row) => row instanceof Int32Array)) {
    throw new DialoguePpoError("ERR_SHAPE", `${name}: expected a list of Int32Array, got ${typeof rows}`);
  }
}
