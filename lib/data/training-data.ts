import { starterDialogues } from "../package.ts";
import { LabelCheck } from "./labels.ts";
import { type LoadDialoguesOptions, readDialogues } from "./load.ts";
import { Residue } from "./residue.ts";
import { DialogueSplitter, type SplitDialogues } from "./split.ts";

/** The dialogues of a run, split into a training part and a held-out part. */
export interface TrainingData extends SplitDialogues {
  /** The file that was read. */
  readonly file: string;
  /** Number of rows left out, by reason. */
  readonly dropped: Record<string, number>;
  /** Numbers of the first rows left out, at most three for each reason. */
  readonly droppedRows: Record<string, number[]>;
  /**
   * What is unusual about the file, lines that look like speaker labels but were read as text, and what other programs
   * left in the texts.
   */
  readonly warnings: readonly string[];
}

/** Options of {@link loadTrainingData}. */
export interface TrainingDataOptions extends LoadDialoguesOptions {
  /** CSV or JSON Lines file. Default: the starter dialogues of this package. */
  readonly data?: string | undefined;
  /** Fraction of the dialogues to hold out, 0 to 1. */
  readonly evalFraction: number;
  /** Seed that decides which dialogues are held out. */
  readonly seed: number;
}

/**
 * Reads the dialogues of a run and splits them into those for training and those held out.
 * @throws DialoguePpoError ERR_DATA when the file is invalid or no dialogue is left for training
 */
export async function loadTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const file = options.data ?? starterDialogues;
  const splitter = new DialogueSplitter(options);
  const labels = new LabelCheck();
  const residue = new Residue();
  const { notes, ...counts } = await readDialogues(file, options, (dialogue) => {
    labels.add(dialogue);
    residue.add(`dialogue ${dialogue.id}`, [dialogue.text]);
    splitter.add(dialogue);
  });
  return {
    file,
    ...splitter.parts(),
    ...counts,
    warnings: [...notes, ...labels.warnings(), ...residue.warnings()],
  };
}

/** Logs the warnings about data, each with the name of its file. */
export function logDataWarnings(
  { file, warnings }: Pick<TrainingData, "file" | "warnings">,
  log: { warn(message: string): void } | undefined,
): void {
  for (const warning of warnings) log?.warn(`${file}: ${warning}`);
}
