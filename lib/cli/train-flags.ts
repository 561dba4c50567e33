import type { Argv, Options } from "yargs";
import type { OptionField } from "../options/field.ts";
import { kebabCase, snakeCase, TRAIN_FIELDS } from "../options/fields.ts";

/** Options that come with every command that reads a run's configuration. */
export interface RunArguments {
  readonly config?: string | undefined;
  readonly preset?: string | undefined;
  readonly json?: boolean | undefined;
  readonly [name: string]: unknown;
}

function help(field: OptionField): string {
  const choices = field.choices ? ` (${field.choices.join(", ")})` : "";
  const standard = field.default === undefined ? "" : ` [${field.default}]`;
  return `${field.describe}${choices}${standard}`;
}

/** An option as yargs wants it. */
export function yargsOption(field: OptionField): Options {
  const name = kebabCase(field.name);
  const spellings = [snakeCase(field.name), ...(field.aliases ?? [])].filter((alias) => alias !== name);
  // Values stay text here; resolveConfig parses and checks them with one wording for flags, files and environment.
  const type = field.kind === "boolean" ? "boolean" : "string";
  const valued = type === "string" ? { requiresArg: true } : {};
  return { type, alias: spellings, describe: help(field), group: `${field.group}:`, ...valued };
}

/** Adds every option of a run, or those named. */
export function withRunOptions<T>(argv: Argv<T>, names?: readonly string[]): Argv<T & RunArguments> {
  const fields = TRAIN_FIELDS.filter(({ name }) => names?.includes(name) ?? true);
  for (const field of fields) argv.option(kebabCase(field.name), yargsOption(field));
  return argv
    .option("config", {
      type: "string",
      requiresArg: true,
      describe: "file of options, JSON or YAML; flags beat it",
      group: "Run:",
    })
    .option("preset", {
      type: "string",
      requiresArg: true,
      describe: "named set of options: starter, switchboard",
      group: "Run:",
    }) as unknown as Argv<T & RunArguments>;
}

/** The run options that were given as flags, by camelCase name. */
export function flagsOf(args: RunArguments): Record<string, unknown> {
  const given = TRAIN_FIELDS.map(({ name }) => [name, args[kebabCase(name)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Merges flags, configuration file, environment, preset and defaults. */
export async function configOf(
  args: RunArguments,
  checkpoint?: Record<string, unknown>,
): Promise<import("../options/resolve.ts").ResolvedConfig> {
  const { readConfigFile, resolveConfig } = await import("../options/resolve.ts");
  const file = args.config === undefined ? undefined : await readConfigFile(args.config);
  return resolveConfig({
    flags: flagsOf(args),
    checkpoint,
    file,
    ...(args.config === undefined ? {} : { fileName: args.config }),
    env: process.env,
    preset: args.preset,
  });
}
