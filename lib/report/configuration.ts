import { formatCount, shellWord } from "../format.ts";
import { optionNames } from "../options/option.ts";
import { resolveConfig } from "../options/resolve.ts";
import { flagName } from "../options/spelling.ts";
import { TRAIN_OPTIONS } from "../options/train-config.ts";
import { collapsed } from "../page/document.ts";
import { type Cell, table } from "../page/table.ts";

/** Configuration of a run, by camelCase option. */
type Config = Readonly<Record<string, unknown>>;

/** An option of a run with its value and the default. */
export interface ConfiguredOption {
  readonly name: string;
  readonly value: unknown;
  /** Undefined when there is no default. */
  readonly default: unknown;
}

const MODELS_AND_DATA = ["child", "data"] as const;

/**
 * Compares the configuration of a run with the defaults, which depend on whether the run names a child or data.
 *
 * @returns the options that differ from their defaults, and all others
 */
export function compareWithDefaults(config: Config): {
  readonly choices: readonly ConfiguredOption[];
  readonly others: readonly ConfiguredOption[];
} {
  const named = MODELS_AND_DATA.filter((name) => typeof config[name] === "string").map((name) => [
    name,
    config[name],
  ]);
  const defaults: Config = { ...resolveConfig({ flags: Object.fromEntries(named) }).config };
  const known = optionNames(TRAIN_OPTIONS).filter((name) => config[name] !== undefined);
  const options = known.map((name) => ({
    name,
    value: config[name],
    default: isNamed(name) ? undefined : defaults[name],
  }));
  const isChoice = (option: ConfiguredOption): boolean => option.value !== option.default;
  return { choices: options.filter(isChoice), others: options.filter((option) => !isChoice(option)) };
}

const isNamed = (name: string): boolean => MODELS_AND_DATA.some((one) => one === name);

/** Returns the flag of an option, `--no-x` for a boolean that is switched off. */
function flag({ name, value }: ConfiguredOption): string {
  if (value === true) return flagName(name);
  if (value === false) return flagName(name).replace(/^--/, "--no-");
  // A separate word that begins with a dash would be an option.
  const separator = typeof value === "string" && value.startsWith("-") ? "=" : " ";
  return `${flagName(name)}${separator}${shellWord(String(value))}`;
}

/** Returns the command that begins a run with this configuration. */
export function trainCommand(config: Config): string {
  return ["npx dialogue-ppo train", ...compareWithDefaults(config).choices.map(flag)].join(" ");
}

const text = (value: unknown): string => (value === undefined ? "–" : String(value));

function optionTable(caption: string, options: readonly ConfiguredOption[]): string {
  const rows = options.map(({ name, value, default: standard }): Cell[] => {
    const { help } = TRAIN_OPTIONS[name as keyof typeof TRAIN_OPTIONS];
    return [{ text: flagName(name), small: help }, text(value), text(standard)];
  });
  return `<div class="texts">${table({ caption, head: ["option", "value", "default"], rows })}</div>`;
}

/** Returns a section with the options that were chosen, and a collapsed one with those at their defaults. */
export function configurationSection(config: Config): string {
  if (Object.keys(config).length === 0) return "";
  const { choices, others } = compareWithDefaults(config);
  const chosen =
    choices.length === 0
      ? '<p class="soft">Every option has its default.</p>'
      : optionTable("Options that differ from their defaults", choices);
  const rest = collapsed(
    "Options with their defaults",
    formatCount(others.length, "option"),
    optionTable("Options with their defaults", others),
  );
  return `<h2>Configuration</h2>${chosen}${rest}`;
}
