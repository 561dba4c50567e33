import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { DialoguePpoError } from "../errors.ts";
import { type CsvRow, readCsv } from "./csv.ts";
import { countWords, type Dialogue, parseTurns } from "./dialogue.ts";

/** Options of {@link loadDialogues}. */
export interface LoadDialoguesOptions {
  /** Name of the column with the texts. Default "text". */
  readonly textColumn?: string;
  /** Smallest number of words of a text. Words are separated by white space, and labels count. Default 20. */
  readonly minWords?: number;
  /** Largest number of words of a text. Default 400. */
  readonly maxWords?: number;
}

/** Dialogues of a file. */
export interface LoadedDialogues {
  /** Dialogues of the requested length, in the order of the file. */
  readonly dialogues: Dialogue[];
  /** Number of rows that were left out, by reason. */
  readonly dropped: Record<string, number>;
}

/** Returns the SHA-256 hash of a file in hex. A run records it to recognise its data. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function missingColumn(path: string, column: string, columns: readonly string[]): DialoguePpoError {
  const shown = columns.slice(0, 10).join(", ") + (columns.length > 10 ? ", ..." : "");
  return new DialoguePpoError("ERR_DATA", `${path} has no column "${column}"; its columns are ${shown}`);
}

/** Returns the reason why a row is left out; undefined when it is kept. */
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
 * Reads the dialogues of a CSV file and keeps those of the requested length.
 *
 * @param path a CSV file with a header; only the text column and the column Filename are read
 * @throws DialoguePpoError ERR_DATA when the file is invalid or has no such column, or when no row is left; the message
 *   names file, line or column
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
