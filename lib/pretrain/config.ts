import { DialoguePpoError } from "../errors.ts";
import { kebabCase } from "../options/fields.ts";
import { checked } from "../options/resolve.ts";
import { PRETRAIN_FIELDS } from "./fields.ts";
import type { Architecture } from "./sizes.ts";

/** Every option of a pretraining run after defaults have been filled in. */
export interface PretrainConfig {
  data: string;
  output: string;
  textColumn: string;
  minWords: number;
  maxWords: number;
  evalFraction: number;
  augment: boolean;
  packed: boolean;
  rowTokens: number;
  architecture: Architecture;
  chat: boolean;
  size: string;
  hiddenSize?: number;
  layers?: number;
  heads?: number;
  kvHeads?: number;
  ffnSize?: number;
  positions?: number;
  vocabSize: number;
  minFrequency: number;
  tokenizer?: string;
  dtype: "float32" | "float16";
  steps?: number;
  epochs?: number;
  minutes?: number;
  stopAfter?: number;
  evalInterval?: number;
  patience: number;
  seed: number;
  device: string;
  threads?: number;
  batchSize: number;
  learningRate: number;
  warmupSteps?: number;
  weightDecay: number;
  dropout: number;
  maxGradNorm: number;
  bf16: boolean;
}

type Values = Record<string, unknown>;

/** What may differ between a run and its resumption: how long it goes on, and where it computes. */
const MAY_CHANGE = new Set([
  "data",
  "output",
  "steps",
  "epochs",
  "minutes",
  "stopAfter",
  "evalInterval",
  "patience",
  "threads",
  "device",
]);

const spelt = (name: string): string => `--${kebabCase(name)}`;

function refuse(message: string): never {
  throw new DialoguePpoError("ERR_CONFIG", message);
}

/**
 * Checks given values and fills in defaults.
 *
 * @param given by camelCase name; text is parsed
 * @param before the configuration of the run that is resumed: fills in what is not given, and must agree with the rest
 * @throws DialoguePpoError ERR_CONFIG naming the option
 */
export function pretrainConfig(given: Values, before?: Values): PretrainConfig {
  const values = checked(given, "command line", spelt, PRETRAIN_FIELDS);
  for (const [name, value] of Object.entries(before === undefined ? {} : values)) {
    const earlier = before?.[name];
    if (MAY_CHANGE.has(name) || value === earlier) continue;
    refuse(`${spelt(name)} ${value}: the run that is resumed has ${earlier ?? "none"}; it cannot change`);
  }
  const defaults = PRETRAIN_FIELDS.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value]],
  );
  const { stopAfter: _, ...kept } = before ?? {};
  const config = { ...Object.fromEntries(defaults), ...kept, ...values } as unknown as PretrainConfig;
  for (const name of ["data", "output"] as const) {
    if (config[name] === undefined) refuse(`${spelt(name)} is missing`);
  }
  if (config.minWords > config.maxWords) {
    refuse(`--min-words ${config.minWords} exceeds --max-words ${config.maxWords}`);
  }
  if (config.chat && config.architecture !== "llama") refuse("--chat: expected with --architecture llama");
  if (config.chat && config.packed) refuse("--packed: chats are rows of their own; leave out one of the two");
  if (config.augment && config.packed) refuse("--packed: expected without --augment");
  return config;
}
