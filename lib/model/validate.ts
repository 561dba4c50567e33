import { DialoguePpoError } from "../errors.ts";
import { nearestName } from "../options/nearest.ts";

/**
 * Checks that all option names are known, because a misspelt option that is ignored is hard to notice.
 * @throws DialoguePpoError ERR_CONFIG when a name is unknown; the message suggests the most similar known name
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
 * Checks that a value is an array of Int32Array.
 * @throws DialoguePpoError ERR_SHAPE when it is not
 */
export function checkRows(rows: unknown, name: string): asserts rows is Int32Array[] {
  if (!Array.isArray(rows) || !rows.every((row) => row instanceof Int32Array)) {
    throw new DialoguePpoError("ERR_SHAPE", `${name}: expected a list of Int32Array, got ${typeof rows}`);
  }
}
