import { inspectDataFile } from "../data/data-file.ts";
import { type Dialogue, parseTurns } from "../data/dialogue.ts";
import { Residue } from "../data/residue.ts";
import { splitDialogues } from "../data/split.ts";
import { readTextDocument } from "../data/text-stream.ts";
import { loadTrainingData, type TrainingData } from "../data/training-data.ts";
import { DialoguePpoError } from "../errors.ts";
import { hashFile } from "../hash.ts";
import type { PretrainConfig } from "./config.ts";

/** The training texts and the held-out texts of a run. */
export interface PretrainCorpus extends Omit<TrainingData, "file" | "train" | "evaluation"> {
  /** Texts for training. */
  readonly train: Dialogue[];
  /** Texts held out for evaluation. */
  readonly evaluation: Dialogue[];
  /** SHA-256 of the data file. */
  readonly hash: string;
}

/**
 * Reads the paragraphs of a text file, which are separated by blank lines. The id of a paragraph is its number, from 1.
 */
async function readParagraphs(file: string): Promise<Dialogue[]> {
  const text = await readTextDocument(file);
  const paragraphs = text
    .split(/\n(?:[ \t]*\n)+/)
    .map((paragraph) => paragraph.replace(/^\n+|\n+$/g, ""))
    .filter((paragraph) => paragraph.trim() !== "");
  if (paragraphs.length === 0) throw new DialoguePpoError("ERR_DATA", `${file} holds no text`);
  return paragraphs.map((paragraph, index) => ({
    id: String(index + 1),
    text: paragraph,
    turns: parseTurns(paragraph),
  }));
}

/**
 * Reads the texts of a run from a CSV, JSON Lines or text file. With the same fraction and seed, every command holds
 * out the same texts.
 * @throws DialoguePpoError ERR_DATA when the file is missing, damaged or empty
 */
export async function loadCorpus(
  config: Pick<PretrainConfig, "data" | "textColumn" | "minWords" | "maxWords" | "evalFraction" | "seed">,
): Promise<PretrainCorpus> {
  const { data } = config;
  const { format } = await inspectDataFile(data);
  const hasRows = format === "json" || /\.(csv|tsv)$/i.test(data);
  const hash = await hashFile(data);
  if (hasRows) {
    const { train, evaluation, ...rest } = await loadTrainingData(config);
    return { train: [...train], evaluation: [...evaluation], ...rest, hash };
  }
  // The paragraphs of a text file need no speaker labels, so nothing is dropped.
  const paragraphs = await readParagraphs(data);
  const residue = new Residue();
  for (const { id, text } of paragraphs) residue.add(`paragraph ${id}`, [text]);
  const parts = splitDialogues(paragraphs, config);
  return { ...parts, dropped: {}, droppedRows: {}, warnings: residue.warnings(), hash };
}
