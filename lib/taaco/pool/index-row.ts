import { ALL_NAMES, TEXT_NAMES } from "../catalogue.ts";
import type { Taaco } from "../taaco.ts";
import type { IndexValues, TaacoInput } from "../types.ts";
import type { IndexRow, RowParts } from "./message.ts";

/** Returns the names of the values in a row: 168, or 194 with a source. */
export const rowNames = (withSource: boolean): readonly string[] => (withSource ? ALL_NAMES : TEXT_NAMES);

/**
 * Computes the indices of a text as a row.
 * @param source text to compare with; null for source indices without values, undefined for none
 */
export function indexRow(
  taaco: Taaco,
  input: TaacoInput,
  source?: TaacoInput | null,
  { only, counts, tagged }: RowParts = {},
): IndexRow {
  const { words, values } = taaco.row(input, source, only);
  return {
    words,
    values: Float64Array.from(values, (value) => value ?? Number.NaN),
    ...(counts && { counts: taaco.counts(input) }),
    ...(tagged && { tagged: taaco.classified(input) }),
  };
}

const POSITIONS: ReadonlyMap<string, number> = new Map(ALL_NAMES.map((name, at) => [name, at]));

/** Returns the values of a row with the given names, in their order; NaN where a text has no value. */
export const selectValues = ({ values }: IndexRow, names: readonly string[]): Float64Array =>
  Float64Array.from(names, (name) => values[POSITIONS.get(name) ?? values.length] ?? Number.NaN);

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
