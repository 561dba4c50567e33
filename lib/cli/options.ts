import type { Argv, Options } from "yargs";
import { DialoguePpoError } from "../errors.ts";
import { checkOptions, type Values } from "../options/check.ts";
import { COMMANDS, type CommandOptions } from "../options/commands.ts";
import {
  defaultValues,
  type Option,
  type OptionTable,
  type OptionValues,
  optionNames,
} from "../options/option.ts";
import { PRESETS } from "../options/presets.ts";
import type { ConfigSources, ResolvedConfig } from "../options/resolve.ts";
import { flagName, kebabCase, snakeCase } from "../options/spelling.ts";
import { GLOBAL_OPTIONS, SOURCE_OPTIONS, TRAIN_COMMAND_OPTIONS } from "../options/tables/run.ts";
import { TRAIN_OPTIONS } from "../options/train-config.ts";
import { exampleText } from "./example-text.ts";
import { helpWidth } from "./output.ts";

/** Arguments of every command: its options by kebab-case name, and `--json`. */
export interface CommandArguments {
  readonly json?: boolean | undefined;
  readonly [name: string]: unknown;
}

/** Arguments of a command that reads a run's configuration. */
export interface RunArguments extends CommandArguments {
  readonly config?: string | undefined;
  readonly preset?: string | undefined;
}

/** Returns the spellings of an option in the original experiment, without dashes: `batch_size` and its aliases. */
const spellingsOf = (name: string, { aliases = [] }: Option): string[] => [snakeCase(name), ...aliases];

/** Returns the flag of a command for a run's folder, and its other spellings; undefined when the command takes none. */
function runFolderFlag(command: string | undefined): { own: string; others: readonly string[] } | undefined {
  const options = new Map<string | undefined, CommandOptions>(Object.entries(COMMANDS)).get(command);
  if (options?.run.includes("outputDir")) return { own: flagName("outputDir"), others: ["run"] };
  if (options === undefined || !Object.hasOwn(options.own, "run")) return undefined;
  const others = [kebabCase("outputDir"), ...spellingsOf("outputDir", TRAIN_OPTIONS.outputDir)];
  return { own: flagName("run"), others };
}

/**
 * Replaces the spellings of the original experiment (`--batch_size`, `--data_path`) with those of this program. The
 * folder of a run may be given as `--run` and as `--output-dir` to every command that takes one.
 */
export function canonicalFlags(args: readonly string[]): string[] {
  const spellings = new Map(
    Object.entries<Option>(TRAIN_OPTIONS).flatMap(([name, option]) =>
      spellingsOf(name, option).map((spelling) => [spelling, flagName(name)] as const),
    ),
  );
  // Flags such as --json may come before the command.
  const folder = runFolderFlag(args.find((arg) => !arg.startsWith("-")));
  if (folder) for (const other of folder.others) spellings.set(other, folder.own);
  return args.map((arg) => {
    const [, flag = "", rest = ""] = /^--([A-Za-z][\w-]*)(=.*)?$/s.exec(arg) ?? [];
    const name = spellings.get(flag) ?? `--${flag}`;
    return flag === "" ? arg : `${name}${SWITCHES.has(name) ? switchValue(name, rest) : rest}`;
  });
}

/** The flags of all boolean options. */
const SWITCHES: ReadonlySet<string> = new Set(
  [TRAIN_OPTIONS, GLOBAL_OPTIONS, ...Object.values(COMMANDS).map(({ own }) => own)].flatMap(
    (table: OptionTable) =>
      Object.keys(table)
        .filter((name) => table[name]?.kind === "boolean")
        .map(flagName),
  ),
);

/**
 * Returns the value of a switch as yargs reads it, which takes everything but "true" for false, even Python's "True".
 * @throws DialoguePpoError ERR_CONFIG when it is neither true nor false
 */
function switchValue(flag: string, rest: string): string {
  const value = rest.slice(1);
  if (rest === "" || /^(true|false)$/i.test(value)) return rest.toLowerCase();
  throw new DialoguePpoError("ERR_CONFIG", `${flag}: expected true or false, got ${JSON.stringify(value)}`);
}

/** Flags that may stand without a value. */
const BARE_FLAGS: readonly string[] = Object.keys(TRAIN_COMMAND_OPTIONS)
  .filter((name) => (TRAIN_COMMAND_OPTIONS as OptionTable)[name]?.bare)
  .map(flagName);

/** Refuses an empty value of a flag that may stand without one. yargs has "" for both. */
function refuseEmptyValue(args: readonly string[]): void {
  const flag = BARE_FLAGS.find((name) =>
    args.some((arg, at) => arg === `${name}=` || (arg === name && args[at + 1] === "")),
  );
  if (flag === undefined) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${flag}: expected the folder of a run, got ""; for the run in the output folder, give no value at all`,
  );
}

/** Returns the folder that `--resume` names; true for the flag without a value. */
export const resumeValue = ({
  resume,
}: {
  readonly resume?: string | undefined;
}): string | true | undefined => (resume === "" ? true : resume);

/**
 * Refuses what neither yargs nor the option table of a command refuses: options of all commands that are given twice,
 * an empty value of a flag that may stand without one, and arguments after "--", which yargs would ignore.
 *
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkArguments(parsed: Readonly<Record<string, unknown>>, args: readonly string[]): void {
  for (const name of [SOURCE_OPTIONS, TRAIN_COMMAND_OPTIONS, GLOBAL_OPTIONS].flatMap(Object.keys)) {
    const value = parsed[name];
    if (!Array.isArray(value)) continue;
    throw new DialoguePpoError("ERR_CONFIG", `--${name}: expected it once, got it ${value.length} times`);
  }
  refuseEmptyValue(args);
  const end = args.indexOf("--");
  if (end < 0 || end === args.length - 1) return;
  const rest = args.slice(end + 1).join(" ");
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `unexpected ${JSON.stringify(rest)} after "--"; expected options and files without it (a file -x is ./-x)`,
  );
}

/** Returns the help of an option with its choices and its default. */
function helpText({ help, choices, default: value, required }: Option): string {
  const choiceText = choices ? ` [choices: ${choices.join(", ")}]` : "";
  const defaultText = value === undefined ? "" : ` [default: ${value}]`;
  return `${help}${choiceText}${defaultText}${required ? " [required]" : ""}`;
}

/**
 * Whether a shell asks for completions. Only then does yargs know the words that an option takes: otherwise it would
 * check them too, with messages of its own, and repeat them in the help.
 */
const isCompletion = process.argv.includes("--get-yargs-completions");

/** Converts an option to the format of yargs. */
export function yargsOption(option: Option): Options {
  const { kind, group, bare, word, words = option.choices } = option;
  const description = { describe: helpText(option), ...(group === undefined ? {} : { group: `${group}:` }) };
  if (kind === "boolean") return { ...description, type: "boolean" };
  // yargs keeps all values as strings, and `checkOptions` parses them with the same messages for flags, files and
  // environment variables. yargs parses an option that is both a string and a number as a string and shows it as a
  // number in the help. A choice, or a number in whose place a word may stand, is neither, so the help shows no type.
  const choices = isCompletion && words ? { choices: words } : {};
  const withValue = { ...description, ...choices, ...(bare ? {} : { requiresArg: true }) };
  if (kind === "choice" || word !== undefined) return withValue;
  return kind === "text" ? { ...withValue, string: true } : { ...withValue, string: true, number: true };
}

function addOptions(argv: Argv, table: OptionTable, group?: string): void {
  for (const [name, option] of Object.entries(table)) {
    argv.option(kebabCase(name), yargsOption({ ...(group && { group }), ...option }));
  }
}

/** Adds a command's options to its parser. */
export function withOptions<Arguments extends CommandArguments>(
  argv: Argv,
  { run, own, examples }: CommandOptions,
): Argv<Arguments> {
  // The help begins with what only this command has, such as the run that `evaluate` reads.
  addOptions(argv, own, run.length > 0 ? "Of this command" : undefined);
  if (run.length > 0) {
    for (const name of optionNames(TRAIN_OPTIONS)) {
      if (run.includes(name)) argv.option(kebabCase(name), yargsOption(TRAIN_OPTIONS[name]));
    }
    addOptions(argv, SOURCE_OPTIONS);
  }
  argv.epilogue(exampleText(examples, helpWidth()));
  for (const note of helpNotes({ run, own })) argv.epilogue(note);
  return argv as unknown as Argv<Arguments>;
}

/** Returns what the help of a command says below its options: what a preset changes, and how a switch is turned off. */
function helpNotes({ run, own }: Pick<CommandOptions, "run" | "own">): string[] {
  const preset = optionNames(TRAIN_OPTIONS).flatMap((name) => {
    const value = run.includes(name) ? PRESETS.starter[name] : undefined;
    return value === undefined ? [] : [`${flagName(name)} ${value}`];
  });
  const options = [...run.map((name): Option => TRAIN_OPTIONS[name]), ...Object.values<Option>(own)];
  return [
    ...(preset.length > 0
      ? [
          "A preset replaces these defaults. Unless you name other data or another preset, the preset starter holds: " +
            `${preset.join(", ")}.`,
        ]
      : []),
    ...(options.some((option) => option.kind === "boolean" && option.default === true)
      ? ["A switch whose default is true is turned off with --no-NAME."]
      : []),
  ];
}

/**
 * Returns the checked options of a table that were set by flags, by camelCase name.
 * @throws DialoguePpoError ERR_CONFIG when a value is invalid
 */
export function givenOptions(args: CommandArguments, table: OptionTable): Values {
  const flags = Object.keys(table).map((name) => [name, args[kebabCase(name)]]);
  return checkOptions(Object.fromEntries(flags), table, "command line", flagName);
}

/**
 * Returns the checked values of a command's own options by camelCase name, with defaults for the others.
 * @throws DialoguePpoError ERR_CONFIG when a value is invalid
 */
export function ownOptions<Table extends OptionTable>(
  args: CommandArguments,
  table: Table,
): OptionValues<Table> {
  return { ...defaultValues(table), ...givenOptions(args, table) } as OptionValues<Table>;
}

/** Returns the unmerged sources of a run's configuration: flags, configuration file, environment and preset. */
export async function configSources(args: RunArguments): Promise<ConfigSources> {
  const { readConfigFile } = await import("../options/resolve.ts");
  const file = args.config === undefined ? undefined : await readConfigFile(args.config);
  const configFile = args.config === undefined ? {} : { file, fileName: args.config };
  return { flags: givenOptions(args, TRAIN_OPTIONS), ...configFile, env: process.env, preset: args.preset };
}

/** Returns a run's configuration, merged from flags, configuration file, environment, preset and defaults. */
export async function loadConfig(args: RunArguments): Promise<ResolvedConfig> {
  const { resolveConfig } = await import("../options/resolve.ts");
  return resolveConfig(await configSources(args));
}
