const LINE_FEED = 10;
const SPACE = 32;
const COMMENT = 35;

/** Returns the number of lines of a text. */
function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

/**
 * Looks up the lines of a list by their first word. The list stays one text, since thousands of strings and entries of
 * a map would take most of the time that its loading takes. Lines that are blank or begin with `#` are left out.
 */
export class LineTable {
  readonly #text: string;
  /** A table with open addressing: in each slot the end of the first word of a line, or 0. */
  readonly #ends: Int32Array;
  readonly #wholeLines: boolean;

  /**
   * @param text lines without blanks at their ends. A word is separated by one space from what follows it.
   * @param wholeLines whether a line is a single entry, even if it contains a space
   */
  constructor(text: string, wholeLines = false) {
    this.#text = text;
    this.#wholeLines = wholeLines;
    this.#ends = new Int32Array(2 ** Math.ceil(Math.log2(1.5 * countLines(text) + 1)));
    let start = 0;
    while (start < text.length) {
      const newline = text.indexOf("\n", start);
      const line = newline < 0 ? text.length : newline;
      if (line > start && text.charCodeAt(start) !== COMMENT) this.#add(start, line);
      start = line + 1;
    }
  }

  /** Returns what follows a word in its line: "" if nothing does, and undefined if no line begins with the word. */
  get(word: string): string | undefined {
    const end = this.#ends[this.#slotOf(word, 0, word.length)] as number;
    if (end === 0) return undefined;
    const newline = this.#text.indexOf("\n", end);
    return this.#text.slice(end + 1, newline < 0 ? undefined : newline);
  }

  /** Returns whether a line begins with a word. */
  has(word: string): boolean {
    return this.#ends[this.#slotOf(word, 0, word.length)] !== 0;
  }

  /** Adds a line. The last of several lines with the same word counts. */
  #add(start: number, line: number): void {
    let end = this.#wholeLines ? line : start;
    while (end < line && this.#text.charCodeAt(end) !== SPACE) end += 1;
    this.#ends[this.#slotOf(this.#text, start, end)] = end;
  }

  /** Returns the slot of the word from `start` to `end` of a text, or the empty slot in which it belongs. */
  #slotOf(text: string, start: number, end: number): number {
    const last = this.#ends.length - 1;
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & last;
    while (this.#ends[slot] !== 0 && !this.#isWord(this.#ends[slot] as number, text, start, end))
      slot = (slot + 1) & last;
    return slot;
  }

  /** Returns whether the word that ends at `known` in the list is the word from `start` to `end` of a text. */
  #isWord(known: number, text: string, start: number, end: number): boolean {
    const shift = known - end;
    const before = start + shift - 1;
    if (before >= 0 && this.#text.charCodeAt(before) !== LINE_FEED) return false;
    for (let at = end - 1; at >= start; at--)
      if (this.#text.charCodeAt(at + shift) !== text.charCodeAt(at)) return false;
    return true;
  }
}
