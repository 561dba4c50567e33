/** Formats a number with thousands separators: "17,694". */
export const formatInteger = (value: number): string => value.toLocaleString("en-US");

/** Formats a count with its noun: "1 step", "1,200 steps". */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatInteger(count)} ${count === 1 ? noun : plural}`;
}

/** Formats a number of bytes in decimal units: "412 MB", "2.47 GB". */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/**
 * Breaks text into lines of at most `width` characters, between words. A word that is longer has a line of its own.
 * Every line but the first begins with `indent`.
 */
export function wrapText(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  const [lead = ""] = /^ */.exec(text) ?? [];
  let line = lead;
  for (const word of text.slice(lead.length).split(" ")) {
    const longer = `${line} ${word}`;
    if (line.trim() === "" || longer.length <= width) {
      line = line.trim() === "" ? line + word : longer;
      continue;
    }
    lines.push(line);
    line = indent + word;
  }
  return [...lines, line];
}

/**
 * Aligns the columns of a table. When a line would be longer than `width`, long names in the first column have a line
 * of their own above the values.
 *
 * @returns the lines of each row
 */
export function alignColumns(rows: readonly (readonly string[])[], width: number): string[][] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
  const [names = 0, ...others] = widths;
  const rest = others.reduce((sum, column) => sum + column + 2, 0);
  const first = Math.min(names, Math.max(width - rest, 0));
  return rows.map(([name = "", ...cells]) => {
    const values = cells.map((cell, column) => cell.padStart(others[column] ?? 0)).join("  ");
    const line = (label: string): string => `${label.padEnd(first)}  ${values}`.trimEnd();
    return name.length > first ? [name, line("")] : [line(name)];
  });
}

/** Formats a value as a JSON file that people read. */
export const formatJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const showControl = (character: string): string =>
  `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;

/**
 * Returns a text in which control characters other than tabs and line feeds are spelt out, such as `\x1b` for Escape.
 * Text from data or models can then neither move the cursor nor change the terminal.
 */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace
  text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, showControl);

/**
 * Returns a word as it must be typed in a shell of POSIX, in quotes if it has characters that the shell would
 * interpret.
 */
export const shellWord = (word: string): string =>
  /^[\p{L}\p{N}_./:@%+,-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Returns a path as it must be typed in a shell, so that a command does not take it for an option. */
export const shellPath = (file: string): string => shellWord(file.startsWith("-") ? `./${file}` : file);

/**
 * Matches a cell that spreadsheets take for a formula and run, even behind apostrophes. A number is not a formula, even
 * if it is negative.
 */
const FORMULA = /^'*(?:[=+@\t\r]|-(?!\d*\.?\d+$))/;

/**
 * Returns a cell of a file of values separated by commas or tabs. An apostrophe in front keeps spreadsheets from
 * running the text as a formula.
 */
export function quoteCell(text: string): string {
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return inert !== text || /[",\t\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** Returns the text that {@link quoteCell} made a cell of. */
export function unquoteCell(cell: string): string {
  const isQuoted = cell.length > 1 && cell.startsWith('"') && cell.endsWith('"');
  const text = isQuoted ? cell.slice(1, -1).replaceAll('""', '"') : cell;
  return isQuoted && text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}
