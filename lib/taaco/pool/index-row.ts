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
    values,
    ...(counts && { counts: taaco.counts(input) }),
    ...(tagged && { tagged: taaco.classified(input) }),
  };
}

const POSITIONS: ReadonlyMap<string, number> = new Map(ALL_NAMES.map((name, at) => [name, at]));

/**
 * Returns a function that picks the values with the given names from a row, in their order; NaN where a text has no
 * value.
 */
export function valueSelector(names: readonly string[]): (row: IndexRow) => Float64Array {
  const positions = names.map((name) => POSITIONS.get(name) ?? ALL_NAMES.length);
  return ({ values }) => {
    const selected = new Float64Array(positions.length);
    for (let at = 0; at < selected.length; at++) selected[at] = values[positions[at] as number] ?? Number.NaN;
    return selected;
  };
}

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
