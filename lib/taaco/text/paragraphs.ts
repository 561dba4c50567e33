import type { TaacoInput } from "../types.ts";

/** The official cleaning: odd spaces out, runs of spaces and line ends to one. */
export function cleanText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll("\ufeff", "")
    .replace(/[\u00a0\t]/g, " ")
    .replace(/ {2,}/g, " ")
    .replace(/\n(?: ?\n)+/g, "\n")
    .replace(/^\n/, "")
    .replace(/\n$/, "");
}

const oneLine = (text: string): string => cleanText(text).replaceAll("\n", " ");

/** Returns the paragraphs of a text: each line of a plain text, each turn of a dialogue. */
export function splitParagraphs(input: Exclude<TaacoInput, { paragraphs: unknown }>): string[] {
  if (typeof input === "string") return cleanText(input).split("\n");
  return input.turns.map(({ text }) => oneLine(text));
}

/** Returns whether a text has at most one item between white space; the official tool writes no row for such a text. */
export function isTooShort(input: Exclude<TaacoInput, { paragraphs: unknown }>): boolean {
  const text = typeof input === "string" ? input : input.turns.map((turn) => turn.text).join("\n");
  return !/\S\s+\S/.test(text);
}
