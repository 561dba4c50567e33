import type { Dialogue } from "../data/dialogue.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { TaacoOptions } from "../taaco/taaco.ts";

/** Options that decide how turns are scored. */
export type ScoringConfig = Pick<
  TrainConfig,
  "scorePreset" | "indexMode" | "scoredText" | "calibration" | "spaces" | "taacoLists" | "seed"
>;

/** What a scorer is made from. */
export interface ScoringInput {
  readonly config: ScoringConfig;
  /** Training dialogues, which spaces are learnt from. */
  readonly dialogues: readonly Dialogue[];
  /** Their prompts, which the calibration is measured on. */
  readonly prompts: readonly Prompt[];
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Called while the calibration is measured. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Returns the options of TAACO for a configuration.
 * @param experiment whether the score preset follows the original experiment, which has an index mode of its own
 */
export function taacoOptions(
  { indexMode, taacoLists }: Pick<ScoringConfig, "indexMode" | "taacoLists">,
  experiment = false,
): TaacoOptions {
  const lists = taacoLists === undefined ? {} : { lists: { officialDirectory: taacoLists } };
  return { mode: experiment ? "experiment" : indexMode, ...lists };
}
