import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type Dialogue, parseTurns } from "../data/dialogue.ts";
import { hashFile } from "../data/load.ts";
import { splitDialogues } from "../data/split.ts";
import { loadTrainingData, type TrainingData } from "../data/training-data.ts";
import { DialoguePpoError } from "../errors.ts";
import type { PretrainConfig } from "./config.ts";

/** The training texts and the held-out texts of a run. */
export interface PretrainCorpus extends Omit<TrainingData, "file"> {
  /** SHA-256 of the data file. */
  readonly hash: string;
}

/** Reads the paragraphs of a text file, which are separated by blank lines. The id of a paragraph is its number, from 1. */
function readText(file: string): Dialogue[] {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new DialoguePpoError("ERR_DATA", `${file}: no such file; expected a CSV or a text file`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    throw new DialoguePpoError("ERR_DATA", `${file} is not valid UTF-8`, { cause });
  }
  const paragraphs = text
    .replaceAll("\r\n", "\n")
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
 * Reads the texts of a run from a CSV or text file. With the same fraction and seed, every command holds out the same
 * texts.
 * @throws DialoguePpoError ERR_DATA when the file is missing, damaged or empty
 */
export async function loadCorpus(
  config: Pick<PretrainConfig, "data" | "textColumn" | "minWords" | "maxWords" | "evalFraction" | "seed">,
): Promise<PretrainCorpus> {
  const { data } = config;
  const isCsv = path.extname(data).toLowerCase() === ".csv";
  const dialogues = isCsv
    ? await loadTrainingData(config)
    : // The paragraphs of a text file need no speaker labels, so nothing is dropped and there are no warnings.
      { ...splitDialogues(readText(data), config), dropped: {}, warnings: [] };
  return { ...dialogues, hash: await hashFile(data) };
}
