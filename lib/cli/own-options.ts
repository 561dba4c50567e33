import type { Argv } from "yargs";
import type { OptionField } from "../options/field.ts";
import { kebabCase } from "../options/fields.ts";
import { yargsOption } from "./train-flags.ts";

/** A text option of a command's own. */
export const text = (name: string, describe: string): OptionField => ({
  name,
  kind: "string",
  group: "",
  describe,
});

/** A whole number from 1 on. */
export const whole = (name: string, describe: string): OptionField => ({
  name,
  kind: "integer",
  group: "",
  describe,
  min: 1,
});

/** A switch. */
export const flag = (name: string, describe: string): OptionField => ({
  name,
  kind: "boolean",
  group: "",
  describe,
});

/** Adds options of a command's own. */
export function withFields<T>(argv: Argv<T>, fields: readonly OptionField[]): Argv<T> {
  for (const field of fields) argv.option(kebabCase(field.name), yargsOption(field));
  return argv;
}

/**
 * Options of a command's own by camelCase name, checked, with their defaults.
 * @throws DialoguePpoError ERR_CONFIG
 */
export async function ownOptions<Values extends object>(
  args: { readonly [name: string]: unknown },
  fields: readonly OptionField[],
): Promise<Values> {
  const { checked } = await import("../options/resolve.ts");
  const given = Object.fromEntries(fields.map(({ name }) => [name, args[kebabCase(name)]]));
  const defaults = Object.fromEntries(
    fields.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  );
  const values = checked(given, "command line", (name) => `--${kebabCase(name)}`, fields);
  return { ...defaults, ...values } as Values;
}
