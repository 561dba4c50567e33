import type { Dialogue } from "../data/dialogue.ts";
import { labelDoubts } from "../data/labels.ts";
import { loadDialogues } from "../data/load.ts";
import { splitDialogues } from "../data/split.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterDialogues } from "../package.ts";

export interface TrainingData {
  /** The file that was read. */
  readonly file: string;
  readonly train: Dialogue[];
  readonly evaluation: Dialogue[];
  /** Rows left out, by reason. */
  readonly dropped: Record<string, number>;
  /** What looks like speakers' labels and was read as text. */
  readonly doubts: readonly string[];
}

/**
 * Reads a run's dialogues and parts them into those for training and those held out.
 * @throws DialoguePpoError ERR_DATA
 */
export async function trainingData(
  config: Pick<TrainConfig, "data" | "textColumn" | "minWords" | "maxWords" | "evalFraction" | "seed">,
): Promise<TrainingData> {
  const file = config.data ?? starterDialogues;
  const { dialogues, dropped } = await loadDialogues(file, config);
  return { file, ...splitDialogues(dialogues, config), dropped, doubts: labelDoubts(dialogues) };
}
