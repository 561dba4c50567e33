import { ALL_NAMES, TEXT_NAMES } from "./names.ts";
import type { IndexRow } from "./pool-message.ts";
import type { Taaco, TaacoInput } from "./taaco.ts";
import type { IndexValues } from "./values.ts";

/** Names of a row's values: 168, with a source 194. */
export const rowNames = (withSource: boolean): readonly string[] => (withSource ? ALL_NAMES : TEXT_NAMES);

/** All indices of a text as a row. */
export function indexRow(taaco: Taaco, input: TaacoInput, source?: TaacoInput): IndexRow {
  const { words, values } = taaco.row(input, source);
  return { words, values: Float64Array.from(values, (value) => value ?? Number.NaN) };
}

/** A row's values by name. */
export function rowValues({ values }: IndexRow): IndexValues {
  const names = rowNames(values.length === ALL_NAMES.length);
  return Object.fromEntries(
    names.map((name, at) => [name, Number.isNaN(values[at]) ? null : (values[at] as number)]),
  );
}
