import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type Dialogue, parseTurns } from "../data/dialogue.ts";
import { hashFile } from "../data/load.ts";
import { splitDialogues } from "../data/split.ts";
import { loadTrainingData, type TrainingData } from "../data/training-data.ts";
import { DialoguePpoError } from "../errors.ts";
import type { PretrainConfig } from "./config.ts";

/** The texts that a model is trained on and those that are held out. */
export interface PretrainCorpus extends Omit<TrainingData, "file"> {
  /** sha256 of the file. */
  readonly hash: string;
}

/** Reads the paragraphs of a text file, which blank lines separate. The id of a paragraph is its number. */
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
 * Reads the texts a model is trained on. Holds out the same ones as every other command with the same fraction and seed.
 * @throws DialoguePpoError ERR_DATA
 */
export async function loadCorpus(
  config: Pick<PretrainConfig, "data" | "textColumn" | "minWords" | "maxWords" | "evalFraction" | "seed">,
): Promise<PretrainCorpus> {
  const { data } = config;
  const isCsv = path.extname(data).toLowerCase() === ".csv";
  const dialogues = isCsv
    ? await loadTrainingData(config)
    : // Paragraphs of a text file need no speakers, and no warning about labels.
      { ...splitDialogues(readText(data), config), dropped: {}, warnings: [] };
  return { ...dialogues, hash: await hashFile(data) };
}
