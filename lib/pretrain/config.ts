import { DialoguePpoError } from "../errors.ts";
import { checkOptions, type Values } from "../options/check.ts";
import { defaultValues, type Option, type OptionValues, optionNames } from "../options/option.ts";
import { flagName } from "../options/spelling.ts";
import { PRETRAIN_OPTIONS } from "../options/tables/pretrain.ts";
import { checkUnchanged } from "../run/stored-config.ts";

/** Every option of a pretraining run after defaults have been filled in. */
export type PretrainConfig = OptionValues<typeof PRETRAIN_OPTIONS>;

function refuse(message: string): never {
  throw new DialoguePpoError("ERR_CONFIG", message);
}

/**
 * Checks given values and fills in defaults.
 *
 * @param given values by camelCase name; text is parsed
 * @param before configuration of the run that is resumed. It fills in what is not given, and given values must agree with it
 * @throws DialoguePpoError ERR_CONFIG naming the option
 */
export function pretrainConfig(given: Values, before?: Values): PretrainConfig {
  const values = checkOptions(given, PRETRAIN_OPTIONS, "command line", flagName);
  const { stopAfter: _, ...kept } = before ?? {};
  if (before !== undefined) {
    checkUnchanged(
      PRETRAIN_OPTIONS,
      values,
      before,
      (flag, value, earlier) =>
        `${flag} ${value}: the run that is resumed has ${earlier ?? "none"}; it cannot change`,
    );
  }
  const config = { ...defaultValues(PRETRAIN_OPTIONS), ...kept, ...values } as PretrainConfig;
  for (const name of optionNames(PRETRAIN_OPTIONS)) {
    const { required }: Option = PRETRAIN_OPTIONS[name];
    if (required && config[name] === undefined) refuse(`${flagName(name)} is missing`);
  }
  if (config.minWords > config.maxWords) {
    refuse(`--min-words ${config.minWords} exceeds --max-words ${config.maxWords}`);
  }
  if (config.chat && config.architecture !== "llama") refuse("--chat: expected with --architecture llama");
  if (config.chat && config.packed) refuse("--packed: chats are rows of their own; leave out one of the two");
  if (config.augment && config.packed) refuse("--packed: expected without --augment");
  return config;
}
