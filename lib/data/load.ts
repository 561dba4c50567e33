import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { DialoguePpoError } from "../errors.ts";
import { type CsvRow, readCsv } from "./csv.ts";
import { countWords, type Dialogue, parseTurns } from "./dialogue.ts";

/** Which rows of a CSV file are dialogues of the wanted length. */
export interface LoadDialoguesOptions {
  /** Default "text". */
  readonly textColumn?: string;
  /** Fewest white-space separated words of the text, labels counted. Default 20. */
  readonly minWords?: number;
  /** Most of them. Default 400. */
  readonly maxWords?: number;
}

/** What a file held. */
export interface LoadedDialogues {
  readonly dialogues: Dialogue[];
  /** How many rows were left out, by reason. */
  readonly dropped: Record<string, number>;
}

/** sha256 of a file, in hex: what ties a run to its data. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function missingColumn(path: string, column: string, columns: readonly string[]): DialoguePpoError {
  const there = columns.slice(0, 10).join(", ") + (columns.length > 10 ? ", ..." : "");
  return new DialoguePpoError("ERR_DATA", `${path} has no column "${column}"; its columns are ${there}`);
}

/** Why a row is left out, or undefined when it stays. */
function reasonToDrop(text: string, minWords: number, maxWords: number): string | undefined {
  if (text.trim() === "") return "no text";
  const words = countWords(text);
  if (words < minWords) return `fewer than ${minWords} words`;
  if (words > maxWords) return `more than ${maxWords} words`;
  return undefined;
}

function toDialogue(row: CsvRow, number: number, text: string): Dialogue {
  const id = row.values.Filename?.trim() || String(number);
  return { id, text, turns: parseTurns(text) };
}

/**
 * Reads the dialogues of a CSV file and keeps those of the wanted length.
 *
 * @param path a CSV file with a header; every column but the text's and Filename is ignored
 * @throws DialoguePpoError ERR_DATA naming file, line or column, also when no row is left
 * @example
 * const { dialogues, dropped } = await loadDialogues("dialogues.csv", { minWords: 10 });
 * console.log(dialogues.length, dropped);
 */
export async function loadDialogues(
  path: string,
  options: LoadDialoguesOptions = {},
): Promise<LoadedDialogues> {
  const { textColumn = "text", minWords = 20, maxWords = 400 } = options;
  const dialogues: Dialogue[] = [];
  const dropped: Record<string, number> = {};
  let rows = 0;
  for await (const row of readCsv(path)) {
    rows += 1;
    const text = row.values[textColumn];
    if (text === undefined) throw missingColumn(path, textColumn, row.columns);
    const clean = text.replaceAll("\r\n", "\n");
    const reason = reasonToDrop(clean, minWords, maxWords);
    if (reason === undefined) dialogues.push(toDialogue(row, rows, clean));
    else dropped[reason] = (dropped[reason] ?? 0) + 1;
  }
  if (rows === 0) throw new DialoguePpoError("ERR_DATA", `${path} has a header but no rows`);
  if (dialogues.length === 0) {
    const why = Object.entries(dropped).map(([reason, count]) => `${count} with ${reason}`);
    throw new DialoguePpoError(
      "ERR_DATA",
      `${path}: none of its rows is left, of ${rows}: ${why.join(", ")}`,
    );
  }
  return { dialogues, dropped };
}
