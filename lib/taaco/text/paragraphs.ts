import { normaliseLineEnds } from "../../line-ends.ts";
import type { TaacoInput } from "../types.ts";

/**
 * Cleans white space as the official tool does: replaces no-break spaces and tabs by spaces, and collapses runs of
 * spaces and of line ends into one. LF, CRLF and CR are line ends, as in the text mode of Python.
 */
export function cleanText(text: string): string {
  return normaliseLineEnds(text)
    .replaceAll("\ufeff", "")
    .replace(/[\u00a0\t]/g, " ")
    .replace(/ {2,}/g, " ")
    .replace(/\n(?: ?\n)+/g, "\n")
    .replace(/^\n/, "")
    .replace(/\n$/, "");
}

const oneLine = (text: string): string => cleanText(text).replaceAll("\n", " ");

/** Returns the paragraphs of a text: the lines of a string, or the turns of a dialogue. */
export function splitParagraphs(input: Exclude<TaacoInput, { paragraphs: unknown }>): string[] {
  if (typeof input === "string") return cleanText(input).split("\n");
  return input.turns.map(({ text }) => oneLine(text));
}

/** Returns whether a text has at most one white-space-separated item. The official tool writes no row for such a text. */
export function isTooShort(input: Exclude<TaacoInput, { paragraphs: unknown }>): boolean {
  const text = typeof input === "string" ? input : input.turns.map((turn) => turn.text).join("\n");
  return !/\S\s+\S/.test(text);
}
