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

/** The original experiment's spellings (`--batch_size`, `--data_path`) as ours; the rest as it stands. */
export function canonicalFlags(args: readonly string[]): string[] {
  const spellings = new Map(
    TRAIN_FIELDS.flatMap((field) =>
      [snakeCase(field.name), ...(field.aliases ?? [])].map(
        (alias) => [alias, kebabCase(field.name)] as const,
      ),
    ),
  );
  return args.map((arg) => {
    const [, flag = "", rest = ""] = /^--([A-Za-z_]+)(=.*)?$/s.exec(arg) ?? [];
    const name = spellings.get(flag);
    return name === undefined ? arg : `--${name}${rest}`;
  });
}

/** An option as yargs wants it. */
export function yargsOption(field: OptionField): Options {
  const shown = { describe: help(field), ...(field.group === "" ? {} : { group: `${field.group}:` }) };
  if (field.kind === "boolean") return { ...shown, type: "boolean" };
  // Values stay text here; `checked` parses them with one wording for flags, files and environment. Of an option that is
  // both, yargs reads text and help says number; help says nothing of one that is neither.
  const valued = { ...shown, requiresArg: true };
  if (field.choices) return valued;
  return field.kind === "string" ? { ...valued, string: true } : { ...valued, string: true, number: true };
}

/** Options of commands that let child and teacher speak without training: who they are and how they draw. */
export const SPEAKER_OPTIONS: readonly string[] = [
  "teacher",
  "childTokenizer",
  "teacherTokenizer",
  "childEosTokenId",
  "childPadTokenId",
  "teacherEosTokenId",
  "teacherPadTokenId",
  "revision",
  "device",
  "threads",
  "seed",
  "maxNewTokens",
  "childTemperature",
  "childTopK",
  "childTopP",
  "teacherTemperature",
  "teacherTopK",
  "teacherTopP",
];

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

/** Flags, configuration file, environment and preset, each as it was given. */
export async function configSources(args: RunArguments): Promise<import("../train/train.ts").ConfigSources> {
  const { readConfigFile } = await import("../options/resolve.ts");
  const file = args.config === undefined ? undefined : await readConfigFile(args.config);
  const named = args.config === undefined ? {} : { file, fileName: args.config };
  return { flags: flagsOf(args), ...named, env: process.env, preset: args.preset };
}

/** Merges flags, configuration file, environment, preset and defaults. */
export async function configOf(args: RunArguments): Promise<import("../options/resolve.ts").ResolvedConfig> {
  const { resolveConfig } = await import("../options/resolve.ts");
  return resolveConfig(await configSources(args));
}
