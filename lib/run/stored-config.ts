import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError, messageOf } from "../errors.ts";
import { checkOptions } from "../options/check.ts";
import type { OptionTable } from "../options/option.ts";
import { flagName } from "../options/spelling.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * Returns a configuration as a run stores it, so that the run can be resumed from another working directory: the path
 * of an existing file or folder is made absolute.
 *
 * @param table definitions of the options
 * @param omit options that apply to one invocation only
 */
export function storedConfig<T extends object>(
  config: T,
  table: OptionTable,
  omit: readonly (keyof T)[],
): Partial<T> {
  const entries = Object.entries(config)
    .filter(([name]) => !omit.includes(name as keyof T))
    .map(([name, value]) => {
      const isPath = table[name]?.location && typeof value === "string" && existsSync(value);
      return [name, isPath ? path.resolve(value) : value];
    });
  return Object.fromEntries(entries) as Partial<T>;
}

/**
 * Checks the options that a file of a run stores.
 *
 * @param file the file, for messages
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT naming the file, the option and what was expected
 */
export function checkStoredOptions(values: Values, table: OptionTable, file: string): Values {
  try {
    return checkOptions({ ...values }, table, "options", (name) => name);
  } catch (cause) {
    throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${file}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Checks that the fixed options among the given values are those with which a run began.
 *
 * @param explain returns the error message for the first option with another value
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkUnchanged(
  table: OptionTable,
  values: Values,
  before: Values,
  explain: (flag: string, value: unknown, before: unknown) => string,
): void {
  for (const [name, { fixed }] of Object.entries(table)) {
    const [value, earlier] = [values[name], before[name]];
    if (!fixed || value === undefined || value === earlier) continue;
    throw new DialoguePpoError("ERR_CONFIG", explain(flagName(name), value, earlier));
  }
}

/**
 * Refuses to resume a run with another data file.
 *
 * @param hash sha256 of the present data file
 * @param run the run's folder, and the sha256 of the data file with which it began
 * @throws DialoguePpoError ERR_DATA
 */
export function checkSameData(hash: string, run: { readonly root: string; readonly dataHash: string }): void {
  if (hash === run.dataHash) return;
  throw new DialoguePpoError(
    "ERR_DATA",
    `the data file is not the one the run in ${run.root} was begun with; its contents differ`,
  );
}
