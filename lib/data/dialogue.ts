import type { Turn } from "../sample.ts";

/** One row of a corpus. */
export interface Dialogue {
  /** The Filename column, or the row's number from 1 when there is none. */
  readonly id: string;
  /** The text as it stands, labels included. */
  readonly text: string;
  readonly turns: readonly Turn[];
}

/** A speaker's label at the start of a line. */
export const LABEL = /^([A-Za-z][\w ]{0,19})::/;

/**
 * Splits a text into turns at labels ("A::") at the start of a line. A line without a label continues the turn above;
 * lines before the first label are a turn without a speaker.
 */
export function parseTurns(text: string): Turn[] {
  const turns: { speaker: string; text: string }[] = [];
  for (const line of text.split("\n")) {
    const label = LABEL.exec(line);
    const last = turns.at(-1);
    if (label) {
      turns.push({ speaker: label[1] ?? "", text: line.slice(label[0].length).replace(/^ /, "") });
    } else if (last) {
      last.text += `\n${line}`;
    } else if (line.trim() !== "") {
      turns.push({ speaker: "", text: line });
    }
  }
  return turns;
}

// What Python's str.split() splits at; JavaScript's \s differs in U+001C to U+001F, U+0085 and U+FEFF.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters separate words in Python
const PYTHON_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Number of words as Python's `len(text.split())` counts them; labels count. */
export function countWords(text: string): number {
  return text.split(PYTHON_SPACE).filter((word) => word !== "").length;
}
