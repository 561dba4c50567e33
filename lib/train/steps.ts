import { planSteps, type StepPlan } from "../data/order.ts";
import { loadTrainingData } from "../data/training-data.ts";
import { resolveConfig } from "../options/resolve.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { TrainInput } from "./train.ts";

/** Numbers of dialogues and steps of a run. */
export interface StepCount extends StepPlan {
  /** The file that was read. */
  readonly file: string;
  /** Number of dialogues to train on. */
  readonly training: number;
  /** Number of dialogues held out. */
  readonly heldOut: number;
  /** Number of rows left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Lines that look like speaker labels but were read as text. */
  readonly warnings: readonly string[];
}

/** Counts the steps of the run that a resolved configuration describes; see {@link countSteps}. */
export async function countConfigSteps(config: TrainConfig): Promise<StepCount> {
  const { file, train, evaluation, dropped, warnings } = await loadTrainingData(config);
  return {
    ...planSteps(train.length, config),
    // Held-out dialogues pass the length filter too, but no step trains on them.
    dialogues: train.length + evaluation.length,
    file,
    training: train.length,
    heldOut: evaluation.length,
    dropped,
    warnings,
  };
}

/**
 * Counts dialogues, steps and checkpoints of a run without loading a model.
 *
 * @param input options of the run, as for `train`
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA
 * @example
 * const { dialogues, totalSteps, checkpointInterval } = await countSteps({ data: "dialogues.csv" });
 * console.log(dialogues, totalSteps, checkpointInterval);
 */
export async function countSteps(input: TrainInput = {}): Promise<StepCount> {
  const { preset, resume: _, ...flags } = input;
  return countConfigSteps(resolveConfig({ flags, preset }).config);
}
