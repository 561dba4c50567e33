import { ALL_NAMES, TEXT_NAMES } from "../catalogue.ts";
import type { Taaco } from "../taaco.ts";
import type { IndexValues, TaacoInput } from "../types.ts";
import type { IndexRow } from "./message.ts";

/** Returns the names of the values in a row: 168, or 194 with a source. */
export const rowNames = (withSource: boolean): readonly string[] => (withSource ? ALL_NAMES : TEXT_NAMES);

/** Computes all indices of a text as a row. */
export function indexRow(taaco: Taaco, input: TaacoInput, source?: TaacoInput): IndexRow {
  const { words, values } = taaco.row(input, source);
  return { words, values: Float64Array.from(values, (value) => value ?? Number.NaN) };
}

const POSITIONS: ReadonlyMap<string, number> = new Map(ALL_NAMES.map((name, at) => [name, at]));

/** Returns the values of a row by name. By default, the result holds all values. */
export function rowValues(
  { values }: IndexRow,
  names = rowNames(values.length === ALL_NAMES.length),
): IndexValues {
  const found: IndexValues = {};
  for (const name of names) {
    const value = values[POSITIONS.get(name) ?? values.length];
    found[name] = value === undefined || Number.isNaN(value) ? null : value;
  }
  return found;
}
