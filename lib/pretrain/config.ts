import { refuse } from "../errors.ts";
import { checkOptions, type Values } from "../options/check.ts";
import { defaultValues, type Option, type OptionValues, optionNames } from "../options/option.ts";
import { flagName } from "../options/spelling.ts";
import { PRETRAIN_OPTIONS } from "../options/tables/pretrain.ts";
import { checkUnchanged } from "../run/stored-config.ts";

/** All options of a pretraining run, after defaults are filled in. */
export type PretrainConfig = OptionValues<typeof PRETRAIN_OPTIONS>;

/**
 * Checks the given options and fills in defaults.
 *
 * @param given values by camelCase name. Text is parsed.
 * @param previous configuration of the run that is resumed. It supplies the options that are not given, and given
 *   values of fixed options must equal it.
 * @throws DialoguePpoError ERR_CONFIG when a value is invalid or a required one is missing; the message names the
 *   option
 */
export function pretrainConfig(given: Values, previous?: Values): PretrainConfig {
  const values = checkOptions(given, PRETRAIN_OPTIONS, "options", (name) => name);
  const { stopAfter: _, ...kept } = previous ?? {};
  if (previous !== undefined) {
    checkUnchanged(
      PRETRAIN_OPTIONS,
      values,
      previous,
      (flag, value, previousValue) =>
        `${flag} ${value}: the run that is resumed has ${previousValue ?? "none"}; it cannot change`,
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
