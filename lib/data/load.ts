import { checkNames } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import { inspectDataFile } from "./data-file.ts";
import { countWords, type Dialogue } from "./dialogue.ts";
import type { Encoding } from "./encoding.ts";
import { FirstRows } from "./first-rows.ts";
import { LeftOutMessages } from "./message-roles.ts";
import { type DataRow, readRows, turnsOf } from "./rows.ts";

/** Options of {@link loadDialogues}. */
export interface LoadDialoguesOptions {
  /**
   * Name of the column or the JSON field with the texts. Default "text"; in JSON also turns, messages, conversations.
   */
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
  /**
   * Numbers of the first rows that were left out, at most three for each reason. Rows count from 1, after the header.
   */
  readonly droppedRows: Record<string, number[]>;
  /**
   * What a reader of the file should know: ids that occur twice, messages that were left out, people who became one
   * speaker, an unusual encoding.
   */
  readonly notes: string[];
}

/** Number of rows that are named as examples. */
const EXAMPLES = 3;

/** Returns the reason why a row is left out; undefined when it is kept. */
function reasonToDrop(text: string, minWords: number, maxWords: number): string | undefined {
  if (text.trim() === "") return "no text";
  const words = countWords(text);
  if (words < minWords) return `fewer than ${minWords} words`;
  if (words > maxWords) return `more than ${maxWords} words`;
  return undefined;
}

/** Collects what is unusual about the rows of a file. */
class RowNotes {
  readonly #rows = new FirstRows();
  readonly #leftOut = new LeftOutMessages();
  #repeated = 0;
  #firstRepeated = "";
  #speltOut = 0;
  #merged = 0;
  #firstMerged = "";

  add(row: DataRow, id: string): void {
    const earlier = this.#rows.add(id, row.number);
    if (earlier !== undefined) {
      this.#repeated += 1;
      this.#firstRepeated ||= `${JSON.stringify(id)} in rows ${earlier} and ${row.number}`;
    }
    if (row.speltOut) this.#speltOut += 1;
    if (row.merged !== undefined) {
      const { speaker, field, people } = row.merged;
      this.#merged += 1;
      this.#firstMerged ||= `${field} ${people.map((one) => JSON.stringify(one)).join(" and ")} of ${speaker} in ${id}`;
    }
    this.#leftOut.add(row.leftOut);
  }

  /** Returns one line for each kind. */
  lines(): string[] {
    const lines: string[] = [];
    if (this.#speltOut > 0) {
      lines.push(
        `in ${formatCount(this.#speltOut, "row")} the line ends are spelt out as \\n; they were read as line ends`,
      );
    }
    lines.push(...this.#leftOut.lines());
    if (this.#merged > 0) {
      lines.push(
        `in ${formatCount(this.#merged, "row")} several people became one speaker, such as ${this.#firstMerged}; ` +
          "expected a label for each of them, as name beside the role, or as speaker",
      );
    }
    if (this.#repeated > 0) {
      lines.push(
        `${formatCount(this.#repeated, "row")} with the id of an earlier row, such as ${this.#firstRepeated}; ` +
          "rows with the same id are held out together",
      );
    }
    return lines;
  }
}

/** Checks what a program passes to {@link loadDialogues}, which may not be written in TypeScript. */
function checkArguments(path: unknown, options: LoadDialoguesOptions): void {
  const refuse = (what: string, expected: string, value: unknown): never => {
    // JSON has neither Infinity nor a bigint.
    const shown = typeof value === "number" || typeof value === "bigint" ? value : JSON.stringify(value);
    throw new DialoguePpoError("ERR_CONFIG", `loadDialogues: ${what}: expected ${expected}, got ${shown}`);
  };
  if (typeof path !== "string" || path === "") refuse("path", "the path of a file", path);
  if (typeof options !== "object" || options === null) refuse("options", "an object", options);
  checkNames(options, ["textColumn", "minWords", "maxWords"], "loadDialogues");
  const { textColumn, minWords, maxWords } = options;
  if (textColumn !== undefined && (typeof textColumn !== "string" || textColumn === "")) {
    refuse("textColumn", "text", textColumn);
  }
  for (const [name, value, min] of [
    ["minWords", minWords, 0],
    ["maxWords", maxWords, 1],
  ] as const) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= min)) continue;
    refuse(name, `a whole number of at least ${min}`, value);
  }
}

/**
 * Reads the dialogues of a file and keeps those of the requested length.
 *
 * @param path a CSV file with a header, of which the text column and the column Filename, or else id, are read; or JSON
 *   Lines or a JSON array of objects with a labelled `text`, or with `turns`, `messages` or `conversations`, and an
 *   `id`
 * @throws DialoguePpoError ERR_DATA when the file is invalid or has no such column, or when no row is left; the message
 *   names file, line or column
 * @throws DialoguePpoError ERR_CONFIG for options that are unknown or have another type
 * @example
 * const { dialogues, dropped } = await loadDialogues("dialogues.csv", { minWords: 10 });
 * console.log(dialogues.length, dropped);
 */
export async function loadDialogues(
  path: string,
  options: LoadDialoguesOptions = {},
): Promise<LoadedDialogues> {
  checkArguments(path, options);
  const dialogues: Dialogue[] = [];
  const counts = await readDialogues(path, options, (dialogue) => dialogues.push(dialogue));
  return { dialogues, ...counts };
}

/**
 * Reads the dialogues of a file one after the other and passes on those of the requested length; see
 * {@link loadDialogues}.
 * @param keep receives the dialogues in the order of the file
 */
export async function readDialogues(
  path: string,
  options: LoadDialoguesOptions,
  keep: (dialogue: Dialogue) => void,
): Promise<Omit<LoadedDialogues, "dialogues">> {
  const { textColumn = "text", minWords = 20, maxWords = 400 } = options;
  const dropped: Record<string, number> = {};
  const droppedRows: Record<string, number[]> = {};
  const notes = new RowNotes();
  const file = await inspectDataFile(path);
  let rows = 0;
  let kept = 0;
  for await (const row of readRows(file, textColumn)) {
    rows += 1;
    const reason = reasonToDrop(row.text, minWords, maxWords);
    const id = row.id ?? String(row.number);
    notes.add(row, id);
    if (reason === undefined) {
      kept += 1;
      keep({ id, text: row.text, turns: turnsOf(row) });
    } else {
      dropped[reason] = (dropped[reason] ?? 0) + 1;
      droppedRows[reason] = [...(droppedRows[reason] ?? []), row.number].slice(0, EXAMPLES);
    }
  }
  if (kept === 0) throw noneLeft(path, rows, dropped);
  return { dropped, droppedRows, notes: [...encodingNotes(file.encoding), ...notes.lines()] };
}

function noneLeft(path: string, rows: number, dropped: Readonly<Record<string, number>>): DialoguePpoError {
  const why = Object.entries(dropped).map(([reason, count]) => `${count} with ${reason}`);
  return new DialoguePpoError(
    "ERR_DATA",
    `${path}: none of its rows is left, of ${rows}: ${why.join(", ")}; see --min-words, --max-words and --text-column`,
  );
}

function encodingNotes(encoding: Encoding): string[] {
  return encoding === "windows-1252"
    ? ["it is not UTF-8; it was read as Windows-1252, for its quotes and dashes"]
    : [];
}
