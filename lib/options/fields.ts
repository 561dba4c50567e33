import type { OptionField } from "./field.ts";
import { DATA_FIELDS } from "./fields/data.ts";
import { MODELS_FIELDS } from "./fields/models.ts";
import { PPO_FIELDS } from "./fields/ppo.ts";
import { REWARD_FIELDS } from "./fields/reward.ts";
import { RUN_FIELDS } from "./fields/run.ts";
import { SAMPLING_FIELDS } from "./fields/sampling.ts";
import { TRACKING_FIELDS } from "./fields/tracking.ts";

/** Every option of `train`, in the order in which help and reference show them. Defaults are part of the contract. */
export const TRAIN_FIELDS: readonly OptionField[] = [
  ...MODELS_FIELDS,
  ...DATA_FIELDS,
  ...RUN_FIELDS,
  ...SAMPLING_FIELDS,
  ...REWARD_FIELDS,
  ...PPO_FIELDS,
  ...TRACKING_FIELDS,
];

/** snake_case of a camelCase name, the original experiment's spelling. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** kebab-case of a camelCase name, as it stands on the command line. */
export const kebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
