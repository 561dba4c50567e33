import { existsSync, readFileSync } from "node:fs";
import { DialoguePpoError } from "../errors.ts";
import type { OptionField } from "./field.ts";
import { kebabCase, TRAIN_FIELDS } from "./fields.ts";
import { nearestName } from "./nearest.ts";
import { PRESETS } from "./presets.ts";
import type { TrainConfig } from "./train-config.ts";

/** Where the value of an option came from. */
export type Origin = "flag" | "checkpoint" | "file" | "environment" | "preset" | "default";

export interface ResolvedConfig {
  readonly config: TrainConfig;
  readonly origins: Readonly<Record<string, Origin>>;
}

type Values = Record<string, unknown>;

function expectation(field: OptionField): string {
  const { kind, choices, min, max, above, word } = field;
  if (choices) return `one of ${choices.join(", ")}`;
  if (kind === "string") return "text";
  if (kind === "boolean") return "true or false";
  const noun = kind === "integer" ? "a whole number" : "a number";
  const low = min === undefined ? "" : above ? ` above ${min}` : ` of at least ${min}`;
  const high = max === undefined ? "" : `${low ? " and" : ""} up to ${max}`;
  return `${noun}${low}${high}${word ? ` or "${word}"` : ""}`;
}

function isValid(field: OptionField, value: unknown): boolean {
  const {
    kind,
    choices,
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
    above,
    word,
  } = field;
  if (word !== undefined && value === word) return true;
  if (kind === "string")
    return typeof value === "string" && value !== "" && (choices?.includes(value) ?? true);
  if (kind === "boolean") return typeof value === "boolean";
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  if (kind === "integer" && !Number.isInteger(value)) return false;
  return (above ? value > min : value >= min) && value <= max;
}

/** A text value as the option's kind; what does not fit stays text and is refused later. */
function parsed(field: OptionField, value: unknown): unknown {
  if (typeof value !== "string" || field.kind === "string" || value === field.word) return value;
  if (field.kind === "boolean") return value === "true" ? true : value === "false" ? false : value;
  return value.trim() === "" ? value : Number.isNaN(Number(value)) ? value : Number(value);
}

/**
 * Checks the names and values of one source.
 * @throws DialoguePpoError ERR_CONFIG naming option, source and what was expected
 */
export function checked(
  values: Values,
  source: string,
  spelling: (name: string) => string,
  fields: readonly OptionField[] = TRAIN_FIELDS,
): Values {
  const result: Values = {};
  for (const [name, raw] of Object.entries(values)) {
    if (raw === undefined) continue;
    const field = fields.find((known) => known.name === name);
    if (!field) {
      const near = nearestName(
        name,
        fields.map((known) => known.name),
      );
      const hint = near ? `; did you mean ${spelling(near)}?` : "";
      throw new DialoguePpoError("ERR_CONFIG", `${source}: unknown option ${spelling(name)}${hint}`);
    }
    const value = parsed(field, raw);
    if (!isValid(field, value)) {
      const got = Array.isArray(raw) ? `it ${raw.length} times` : JSON.stringify(raw);
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `${spelling(name)}: expected ${expectation(field)}, got ${got}`,
      );
    }
    result[name] = value;
  }
  return result;
}

/** Options of a configuration file, JSON or YAML by its ending. */
export async function readConfigFile(file: string): Promise<Values> {
  if (!existsSync(file)) throw new DialoguePpoError("ERR_CONFIG", `${file}: no such configuration file`);
  const text = readFileSync(file, "utf8");
  try {
    // Loaded only when needed: it costs more than everything else that --help does.
    const values: unknown = file.endsWith(".json") ? JSON.parse(text) : (await import("yaml")).parse(text);
    if (typeof values === "object" && values !== null && !Array.isArray(values)) return values as Values;
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    throw new DialoguePpoError("ERR_CONFIG", `${file} cannot be read: ${reason}`, { cause });
  }
  throw new DialoguePpoError("ERR_CONFIG", `${file}: expected an object of options`);
}

/** DIALOGUE_PPO_BATCH_SIZE and the like, and the project of WANDB_PROJECT. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Values {
  const values: Values = {};
  for (const field of TRAIN_FIELDS) {
    const name = `DIALOGUE_PPO_${kebabCase(field.name).replaceAll("-", "_").toUpperCase()}`;
    if (env[name]) values[field.name] = env[name];
  }
  if (env.WANDB_PROJECT) values.wandbProject ??= env.WANDB_PROJECT;
  return values;
}

function presetValues(name: string | undefined): Values {
  if (name === undefined) return {};
  const preset = PRESETS[name];
  if (preset) return preset as Values;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `--preset ${name}: expected one of ${Object.keys(PRESETS).join(", ")}`,
  );
}

const defaults: Values = Object.fromEntries(
  TRAIN_FIELDS.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
);

/**
 * Merges the sources: flags over the resumed checkpoint's configuration over the file over the environment over the
 * preset over defaults. Without any model or data named, the starter preset fills in.
 *
 * @throws DialoguePpoError ERR_CONFIG
 */
export function resolveConfig(sources: {
  flags?: Values;
  checkpoint?: Values | undefined;
  file?: Values | undefined;
  fileName?: string;
  env?: Readonly<Record<string, string | undefined>>;
  preset?: string | undefined;
}): ResolvedConfig {
  const { flags = {}, checkpoint = {}, file = {}, fileName = "config file", env = {} } = sources;
  const dashed = (name: string): string => `--${kebabCase(name)}`;
  const plain = (name: string): string => name;
  const layers: [Origin, Values][] = [
    ["flag", checked(flags, "command line", dashed)],
    ["checkpoint", checked(checkpoint, "checkpoint", plain)],
    ["file", checked(file, fileName, plain)],
    ["environment", checked(fromEnvironment(env), "environment", plain)],
  ];
  const named = layers.some(([, values]) => values.child !== undefined || values.data !== undefined);
  const preset = sources.preset ?? (named ? undefined : "starter");
  layers.push(["preset", presetValues(preset)], ["default", defaults]);
  const config: Values = {};
  const origins: Record<string, Origin> = {};
  for (const { name } of TRAIN_FIELDS) {
    const found = layers.find(([, values]) => values[name] !== undefined);
    if (!found) continue;
    config[name] = found[1][name];
    origins[name] = found[0];
  }
  return { config: checkedTogether(config as unknown as TrainConfig), origins };
}

/** Rules between options. */
function checkedTogether(config: TrainConfig): TrainConfig {
  const { minWords, maxWords, batchSize, gradientAccumulationSteps: accumulation, promptTurns } = config;
  const refuse = (message: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", message);
  };
  if (minWords > maxWords) refuse(`--min-words ${minWords} exceeds --max-words ${maxWords}`);
  if (promptTurns === 0) refuse(`--prompt-turns: expected a whole number other than 0, or "all"`);
  if (batchSize % accumulation !== 0) {
    refuse(`--batch-size ${batchSize}: expected a multiple of --gradient-accumulation-steps ${accumulation}`);
  }
  const share = batchSize / accumulation;
  const largest = [4, 3, 2, 1].find((size) => share % size === 0) ?? 1;
  const miniBatchSize = config.miniBatchSize ?? largest;
  if (share % miniBatchSize !== 0) {
    refuse(`--mini-batch-size ${miniBatchSize}: expected a divisor of batch size / accumulation = ${share}`);
  }
  return { ...config, miniBatchSize };
}
