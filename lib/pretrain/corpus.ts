import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type Dialogue, parseTurns } from "../data/dialogue.ts";
import { labelWarnings } from "../data/labels.ts";
import { hashFile, loadDialogues } from "../data/load.ts";
import { splitDialogues } from "../data/split.ts";
import { DialoguePpoError } from "../errors.ts";
import type { PretrainConfig } from "./config.ts";

export interface PretrainCorpus {
  readonly train: Dialogue[];
  readonly evaluation: Dialogue[];
  /** Rows that were left out, by reason. */
  readonly dropped: Record<string, number>;
  /** Warnings about text that looks like a speaker's label and was not read as one. */
  readonly labelWarnings: readonly string[];
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
  const { dialogues, dropped } = isCsv
    ? await loadDialogues(data, config)
    : { dialogues: readText(data), dropped: {} };
  // Paragraphs of a text file need no speakers.
  const warnings = isCsv ? labelWarnings(dialogues) : [];
  return {
    ...splitDialogues(dialogues, config),
    dropped,
    labelWarnings: warnings,
    hash: await hashFile(data),
  };
}
