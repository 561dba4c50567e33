import { normaliseLineEnds } from "../line-ends.ts";
import type { Turn } from "../sample.ts";

/** A dialogue of a corpus. */
export interface Dialogue {
  /** Value of the column Filename or id, or of the JSON field id or Filename. Default: the row's number, from 1. */
  readonly id: string;
  /** The whole text, including the speaker labels. Line ends are line feeds. */
  readonly text: string;
  /** The turns of the text, as `parseTurns` splits it. */
  readonly turns: readonly Turn[];
}

/** Source of a pattern that matches a speaker's name, which "::" follows in a label. */
export const SPEAKER_SOURCE = String.raw`[A-Za-z][\w ]{0,19}`;

/** Source of a pattern that matches a speaker label ("A::"). */
export const LABEL_SOURCE = `${SPEAKER_SOURCE}::`;

/** Matches a speaker label at the start of a line. Group 1 is the speaker, without blanks before the colons: "A ::". */
export const LABEL = new RegExp(String.raw`^(?=${LABEL_SOURCE})([A-Za-z](?:[\w ]*\w)?) *::`);

/** Matches a blank or a tab before what would be a speaker label at the start of a line, and what follows. */
const LABEL_AFTER_BLANK = /[ \t]([A-Za-z]\w{0,19}(?: \w{1,3})?::(?:\s[\s\S]*)?$)/;

/** Returns the rest of a line from the first label after a blank, as without line ends; undefined without any. */
export const restFromLabel = (line: string): string | undefined => LABEL_AFTER_BLANK.exec(line)?.[1];

/**
 * Splits a text into turns at the speaker labels ("A::") at the start of a line. A line without a label continues the
 * previous turn. Lines before the first label form a turn with an empty speaker. LF, CRLF and CR end a line.
 */
export function parseTurns(text: string): Turn[] {
  const turns: { speaker: string; text: string }[] = [];
  for (const line of normaliseLineEnds(text).split("\n")) {
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

// White space as Python's str.split() defines it. JavaScript's \s differs in U+001C to U+001F, U+0085 and U+FEFF.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters separate words in Python
const PYTHON_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Returns the number of words as Python's `len(text.split())` counts them. Labels count as words. */
export function countWords(text: string): number {
  return text.split(PYTHON_SPACE).filter((word) => word !== "").length;
}
