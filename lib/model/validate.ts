import { types } from "node:util";
import { DialoguePpoError } from "../errors.ts";

/** Returns the name of a value's kind: "Float32Array", "number", "undefined". */
const describeKind = (value: unknown): string =>
  ArrayBuffer.isView(value) ? value.constructor.name : value === null ? "null" : typeof value;

/**
 * Checks that a value is an array of Int32Array.
 * @throws DialoguePpoError ERR_SHAPE when it is not
 */
export function checkRows(rows: unknown, name: string): asserts rows is Int32Array[] {
  if (!Array.isArray(rows)) {
    throw new DialoguePpoError("ERR_SHAPE", `${name}: expected a list of Int32Array, got ${typeof rows}`);
  }
  // findIndex visits holes, too. `instanceof` is false for an array of another realm, such as a test runner's.
  const at = rows.findIndex((row) => !types.isInt32Array(row));
  if (at >= 0) {
    const got = Array.isArray(rows[at]) ? "a plain list" : describeKind(rows[at]);
    throw new DialoguePpoError("ERR_SHAPE", `${name}: expected a list of Int32Array; row ${at} is ${got}`);
  }
}

/**
 * Checks masks that may be absent: one Uint8Array of 0 and 1 for each row, as long as the row.
 * @throws DialoguePpoError ERR_SHAPE
 */
export function checkMasks(
  masks: unknown,
  rows: readonly Int32Array[],
  name: string,
): asserts masks is readonly Uint8Array[] | undefined {
  if (masks === undefined) return;
  if (!Array.isArray(masks) || masks.length !== rows.length) {
    const got = Array.isArray(masks) ? `${masks.length} for ${rows.length} rows` : typeof masks;
    throw new DialoguePpoError("ERR_SHAPE", `${name}: expected one Uint8Array a row, got ${got}`);
  }
  for (const [at, row] of rows.entries()) {
    const mask: unknown = masks[at];
    if (!types.isUint8Array(mask) || mask.length !== row.length || mask.some((one) => one > 1)) {
      const expected = `a Uint8Array of 0 and 1 with the length of row ${at}, ${row.length}`;
      throw new DialoguePpoError("ERR_SHAPE", `${name}: mask ${at}: expected ${expected}`);
    }
  }
}
