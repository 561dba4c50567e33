import path from "node:path";
import { DialoguePpoError, refuse } from "../errors.ts";
import { parseJson, readTextFile } from "../files/text-file.ts";
import { starterDialogues } from "../package.ts";
import { repeatedKey } from "../repeated-key.ts";
import { isRecord } from "../values.ts";
import { checkOptions, type Values } from "./check.ts";
import { defaultValues, optionNames } from "./option.ts";
import { PRESETS } from "./presets.ts";
import { environmentName } from "./spelling.ts";
import { type RunOptionName, TRAIN_OPTIONS, type TrainConfig } from "./train-config.ts";

/** The source from which the value of an option comes. */
export type Origin = "flag" | "checkpoint" | "file" | "environment" | "preset" | "default";

/** Options of a run by the source from which they come. */
export interface ConfigSources {
  /** Flags of the command line, or the options that a program passes. */
  readonly flags: Values;
  /** Content of a configuration file. */
  readonly file?: Values | undefined;
  /** Name of that file, for messages. */
  readonly fileName?: string;
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Name of a preset. */
  readonly preset?: string | undefined;
}

/** The options of a run after all sources have been merged. */
export interface ResolvedConfig {
  readonly config: TrainConfig;
  /** The source of each value, by option name. */
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Returns whether a source other than a preset and the defaults sets an option. */
export const isGiven = ({ origins }: Pick<ResolvedConfig, "origins">, name: RunOptionName): boolean =>
  !["preset", "default"].includes(origins[name] ?? "default");

/**
 * Reads the options in a configuration file: JSON when its name ends in .json, else YAML.
 * @throws DialoguePpoError ERR_CONFIG when the file cannot be read or holds no object
 */
export async function readConfigFile(file: string): Promise<Values> {
  const text = readTextFile(file, "ERR_CONFIG", "a JSON or YAML file of options");
  const values = file.endsWith(".json") ? parseJsonOptions(text, file) : await parseYaml(text, file);
  if (isRecord(values)) return values;
  throw new DialoguePpoError("ERR_CONFIG", `${file}: expected an object of options`);
}

const repeated = (file: string, key: string): DialoguePpoError =>
  new DialoguePpoError("ERR_CONFIG", `${file}: the option ${key} is given twice; expected it once`);

function parseJsonOptions(text: string, file: string): unknown {
  const values = parseJson(text, file, "ERR_CONFIG", "an object of options");
  const key = repeatedKey(text);
  if (key !== undefined) throw repeated(file, key);
  return values;
}

/** Returns the name at the place of an error of YAML. */
const nameAt = (text: string, [from]: readonly [number, number]): string =>
  /^["']?([\w-]*)/.exec(text.slice(from))?.[1] ?? "";

async function parseYaml(text: string, file: string): Promise<unknown> {
  // The YAML parser is loaded only when it is needed, because loading it takes longer than the rest of --help.
  const { parseDocument } = await import("yaml");
  // Without this level, the parser itself writes a warning about a key that is a collection, which is an unknown option
  // all the same.
  const document = parseDocument(text, { logLevel: "error" });
  const invalid = (at: string, cause: unknown): DialoguePpoError =>
    new DialoguePpoError("ERR_CONFIG", `${file}: it is not valid YAML${at}; expected an object of options`, {
      cause,
    });
  const [problem] = document.errors;
  if (problem?.code === "DUPLICATE_KEY") throw repeated(file, nameAt(text, problem.pos));
  if (problem !== undefined) {
    const [place] = problem.linePos ?? [];
    throw invalid(place === undefined ? "" : ` at line ${place.line}, column ${place.col}`, problem);
  }
  try {
    return document.toJS();
  } catch (cause) {
    // The parser finds out only now that an alias such as `*x` has no anchor, or that aliases expand without end.
    throw invalid(` (${(cause as Error).message})`, cause);
  }
}

/** Reads the options from environment variables such as DIALOGUE_PPO_BATCH_SIZE, and from WANDB_PROJECT. */
function readEnvironment(env: Readonly<Record<string, string | undefined>>): Values {
  const given = optionNames(TRAIN_OPTIONS).map((name) => [name, env[environmentName(name)] || undefined]);
  const values: Values = Object.fromEntries(given);
  if (env.WANDB_PROJECT) values.wandbProject ??= env.WANDB_PROJECT;
  return values;
}

/** Returns the name of a model without its revision. */
const withoutRevision = (model: unknown): unknown =>
  typeof model === "string" ? model.replace(/@[^@]*$/, "") : model;

/**
 * Returns the options of a preset. Its tokenizer belongs to its child, so it does not come with another one.
 * @param child the child that another source names
 */
function presetValues(name: string | undefined, child: unknown): Values {
  if (name === undefined) return {};
  const preset = Object.entries(PRESETS).find(([known]) => known === name);
  if (preset) {
    const isOwnChild = child === undefined || withoutRevision(child) === preset[1].child;
    return { ...preset[1], ...(!isOwnChild && { childTokenizer: undefined }) };
  }
  return refuse(`--preset ${name}: expected one of ${Object.keys(PRESETS).join(", ")}`);
}

/** Returns whether a source names data other than the starter dialogues. */
const namesOtherData = ([, { data }]: [Origin, Values]): boolean =>
  typeof data === "string" && path.resolve(data) !== starterDialogues;

/**
 * Merges the sources and checks their options. Flags take precedence over the resumed checkpoint, then come the
 * configuration file, the environment, the preset and the defaults. Unless a source names data other than the starter
 * dialogues, the preset is `starter`.
 *
 * @param sources.checkpoint options that the checkpoint of a resumed run stores
 * @throws DialoguePpoError ERR_CONFIG for an unknown option, a value out of range, or values that do not fit together
 */
export function resolveConfig(
  sources: Partial<ConfigSources> & { readonly checkpoint?: Values | undefined },
): ResolvedConfig {
  const { flags = {}, checkpoint = {}, file = {}, fileName = "config file", env = {} } = sources;
  const plain = (name: string): string => name;
  const layers: [Origin, Values][] = [
    ["flag", checkOptions(flags, TRAIN_OPTIONS, "options", plain)],
    [
      "checkpoint",
      checkOptions(checkpoint, TRAIN_OPTIONS, "checkpoint", plain, (name) => `checkpoint: ${name}`),
    ],
    ["file", checkOptions(file, TRAIN_OPTIONS, fileName, plain, (name) => `${fileName}: ${name}`)],
    ["environment", checkOptions(readEnvironment(env), TRAIN_OPTIONS, "environment", environmentName)],
  ];
  const preset = sources.preset ?? (layers.some(namesOtherData) ? undefined : "starter");
  const child = layers.map(([, values]) => values.child).find((value) => value !== undefined);
  layers.push(["preset", presetValues(preset, child)], ["default", defaultValues(TRAIN_OPTIONS)]);
  const config: Values = {};
  const origins: Record<string, Origin> = {};
  for (const name of optionNames(TRAIN_OPTIONS)) {
    const found = layers.find(([, values]) => values[name] !== undefined);
    if (!found) continue;
    config[name] = found[1][name];
    origins[name] = found[0];
  }
  return { config: checkCombinations(config as unknown as TrainConfig), origins };
}

/** Checks that the options fit together, and derives the size of a minibatch. */
function checkCombinations(config: TrainConfig): TrainConfig {
  const { minWords, maxWords, batchSize, gradientAccumulationSteps: accumulation, promptTurns } = config;
  if (minWords > maxWords) refuse(`--min-words ${minWords} exceeds --max-words ${maxWords}`);
  if (config.targetWords !== undefined && config.targetWords > config.maxNewTokens) {
    refuse(
      `--target-words ${config.targetWords} exceeds --max-new-tokens ${config.maxNewTokens}, and a word has at least a token`,
    );
  }
  if (promptTurns === 0) refuse(`--prompt-turns: expected a whole number other than 0, or "all"`);
  if (batchSize % accumulation !== 0) {
    refuse(`--batch-size ${batchSize}: expected a multiple of --gradient-accumulation-steps ${accumulation}`);
  }
  if (config.evalInterval !== undefined && config.evalFraction === 0) {
    refuse("--eval-interval: expected --eval-fraction above 0, because it evaluates on held-out dialogues");
  }
  if (config.patience !== undefined && config.evalInterval === undefined) {
    refuse("--patience: expected --eval-interval with it");
  }
  const share = batchSize / accumulation;
  const largest = [4, 3, 2, 1].find((size) => share % size === 0) ?? 1;
  const miniBatchSize = config.miniBatchSize ?? largest;
  if (share % miniBatchSize !== 0) {
    refuse(`--mini-batch-size ${miniBatchSize}: expected a divisor of batch size / accumulation = ${share}`);
  }
  return { ...config, miniBatchSize };
}
