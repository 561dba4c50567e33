import { DialoguePpoError } from "../errors.ts";

/**
 * Checks that a value is an array of Int32Array.
 * @throws DialoguePpoError ERR_SHAPE when it is not
 */
export function checkRows(rows: unknown, name: string): asserts rows is Int32Array[] {
  if (!Array.isArray(rows) || !rows.every((row) => row instanceof Int32Array)) {
    throw new DialoguePpoError("ERR_SHAPE", `${name}: expected a list of Int32Array, got ${typeof rows}`);
  }
}
