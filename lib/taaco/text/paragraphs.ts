import { normaliseLineEnds } from "../../line-ends.ts";
import type { TaacoInput, UnannotatedInput } from "../types.ts";

/** Returns whether a text is analysed already. */
export const isAnnotated = (input: TaacoInput): input is Exclude<TaacoInput, UnannotatedInput> =>
  typeof input === "object" && "paragraphs" in input;

/**
 * Cleans white space as the official tool does: replaces no-break spaces and tabs by spaces, and collapses runs of
 * spaces and of line ends into one. LF, CRLF and CR are line ends, as in the text mode of Python.
 */
function cleanText(text: string): string {
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
export function splitParagraphs(input: UnannotatedInput): string[] {
  if (typeof input === "string") return cleanText(input).split("\n");
  const paragraphs: string[] = [];
  for (const { text } of input.turns) paragraphs.push(oneLine(text));
  return paragraphs;
}

const TWO_ITEMS = /\S\s+\S/;

/**
 * Returns whether a text has at most one white-space-separated item. The official tool writes no row for such a text.
 */
export function isTooShort(input: UnannotatedInput): boolean {
  if (typeof input === "string") return !TWO_ITEMS.test(input);
  let turns = 0;
  for (const { text } of input.turns) {
    if (/\S/.test(text)) turns += 1;
    if (turns > 1 || TWO_ITEMS.test(text)) return false;
  }
  return true;
}

/** Number of characters of a paragraph that are analysed at once. */
const MAX_PART = 10_000;

/**
 * Returns the parts of a paragraph, which are analysed one by one. A paragraph of at most 10,000 characters is one
 * part. A longer one, such as a text without line ends, is cut after a sentence, or between words if a sentence is so
 * long.
 */
export function* paragraphParts(paragraph: string): Generator<string> {
  let start = 0;
  let found = false;
  while (paragraph.length - start > MAX_PART) {
    const part = paragraph.slice(start, start + MAX_PART);
    const [sentences = ""] = /^[\s\S]*[.?!]["')\]]?\s/.exec(part) ?? /^[\s\S]*\s/.exec(part) ?? [];
    // A word that is longer than a part stays whole.
    const rest = sentences === "" ? paragraph.slice(start + MAX_PART).search(/\s/) : 0;
    const end = rest < 0 ? paragraph.length : start + (sentences.length || MAX_PART + rest + 1);
    const whole = paragraph.slice(start, end);
    start = end;
    if (whole.trim() === "") continue;
    found = true;
    yield whole;
  }
  const last = paragraph.slice(start);
  if (!found || last.trim() !== "") yield last;
}
