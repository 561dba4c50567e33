import { starterDialogues } from "../package.ts";
import type { Dialogue } from "./dialogue.ts";
import { labelWarnings } from "./labels.ts";
import { type LoadDialoguesOptions, loadDialogues } from "./load.ts";
import { splitDialogues } from "./split.ts";

/** The dialogues of a run, split into a training part and a held-out part. */
export interface TrainingData {
  /** The file that was read. */
  readonly file: string;
  readonly train: Dialogue[];
  readonly evaluation: Dialogue[];
  /** Number of rows left out, by reason. */
  readonly dropped: Record<string, number>;
  /** Lines that look like speaker labels but were read as text, one warning a kind. */
  readonly warnings: readonly string[];
}

/** Which file to read, and which part of it to hold out. */
export interface TrainingDataOptions extends LoadDialoguesOptions {
  /** CSV file. Default: the starter dialogues. */
  readonly data?: string | undefined;
  readonly evalFraction: number;
  readonly seed: number;
}

/**
 * Reads the dialogues of a run and splits them into those for training and those held out.
 * @throws DialoguePpoError ERR_DATA
 */
export async function loadTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const file = options.data ?? starterDialogues;
  const { dialogues, dropped } = await loadDialogues(file, options);
  return { file, ...splitDialogues(dialogues, options), dropped, warnings: labelWarnings(dialogues) };
}
