import type { OptionName, OptionValues } from "./option.ts";
import { PPO_RUN_OPTIONS } from "./ppo.ts";
import { DATA_OPTIONS } from "./tables/data.ts";
import { HELD_OUT_OPTIONS } from "./tables/held-out.ts";
import { MODEL_OPTIONS } from "./tables/models.ts";
import { REWARD_OPTIONS } from "./tables/reward.ts";
import { RUN_OPTIONS } from "./tables/run.ts";
import { SAMPLING_OPTIONS } from "./tables/sampling.ts";
import { TRACKING_OPTIONS } from "./tables/tracking.ts";

/** Every option of a run, in the order in which the help and the reference show them. */
export const TRAIN_OPTIONS = {
  ...MODEL_OPTIONS,
  ...DATA_OPTIONS,
  ...RUN_OPTIONS,
  ...HELD_OUT_OPTIONS,
  ...SAMPLING_OPTIONS,
  ...REWARD_OPTIONS,
  ...PPO_RUN_OPTIONS,
  ...TRACKING_OPTIONS,
};

/** Name of an option of a run. */
export type RunOptionName = OptionName<typeof TRAIN_OPTIONS>;

/** Every option of a run after flags, file, environment, preset and defaults have been merged. */
export type TrainConfig = OptionValues<typeof TRAIN_OPTIONS> & {
  /** Derived from the batch unless it is given. */
  readonly miniBatchSize: number;
};
