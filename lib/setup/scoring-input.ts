import type { PhaseProgress } from "../call.ts";
import type { Dialogue } from "../data/dialogue.ts";
import type { List } from "../data/list.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { corpusTaacoOptions } from "../spaces/build.ts";
import type { TaacoOptions } from "../taaco/taaco.ts";

/** Options that determine how turns are scored. */
export type ScoringConfig = Pick<
  TrainConfig,
  "scorePreset" | "indexMode" | "scoredText" | "calibration" | "spaces" | "taacoLists" | "seed"
>;

/** Options and dialogues from which a scorer is prepared. */
export interface ScoringInput {
  readonly config: ScoringConfig;
  /** Training dialogues, from which spaces are learned. */
  readonly dialogues: List<Dialogue>;
  /** Prompts of the dialogues, on which the calibration is measured. */
  readonly prompts: List<Prompt>;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Called with the phases `analyse` and the kind of each space, while spaces are learned, and `calibrate`. */
  readonly onProgress?: PhaseProgress | undefined;
}

/**
 * Returns the options of TAACO for a configuration.
 * @param experiment whether the score preset reproduces the original experiment, which has its own index mode. Default
 *   false.
 */
export function taacoOptions(
  config: Pick<ScoringConfig, "indexMode" | "taacoLists">,
  experiment = false,
): TaacoOptions {
  return { ...corpusTaacoOptions(config), ...(experiment && { mode: "experiment" as const }) };
}
