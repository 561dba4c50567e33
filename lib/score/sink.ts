import { AtomicFile } from "../atomic.ts";
import { DialoguePpoError } from "../errors.ts";

/** The scores of one text as a row of numbers. */
export interface ScoredText {
  readonly id: string;
  /** Index values in the order of the names; NaN where a text has no value. */
  readonly values: Float64Array;
  /** The composite in (0, 1); null without a calibration that fits. */
  readonly composite: number | null;
}

/** The scores of one text. */
export interface TextScore {
  readonly id: string;
  /** Values under TAACO's names; null where a text has no value. */
  readonly indices: Readonly<Record<string, number | null>>;
  /** In (0, 1); null without a calibration that fits. */
  readonly composite: number | null;
}

/** An output for the scores of texts. */
export interface ScoreSink {
  /** Writes the scores of the next text. */
  write(row: ScoredText): Promise<void>;
  /** Completes the output. */
  finish(): Promise<void>;
  /** Removes what was written, after an error. */
  discard(): Promise<void>;
}

type Format = "csv" | "jsonl";

/**
 * Matches a cell that spreadsheets take for a formula and run. A number, also a negative one, is none.
 */
const FORMULA = /^[=+@\t\r]|^-(?!\d*\.?\d+$)/;

/** Returns a cell of CSV. An apostrophe in front keeps spreadsheets from running the text as a formula. */
function quoteCell(text: string): string {
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return inert !== text || /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** Formats a row as CSV, without quotes where possible, as the official tool writes it. A missing value is an empty cell. */
function formatCsvRow({ id, values, composite }: ScoredText): string {
  let row = quoteCell(id);
  for (const value of values) row += Number.isNaN(value) ? "," : `,${value}`;
  return `${row},${composite ?? ""}\n`;
}

/** Returns the header of a CSV file. */
export const formatCsvHeader = (names: readonly string[]): string =>
  `${["Filename", ...names, "composite"].join(",")}\n`;

/**
 * Returns the scores of a text by name.
 * @param names names of the values, in their order
 */
export function toTextScore(names: readonly string[], { id, values, composite }: ScoredText): TextScore {
  const indices = Object.fromEntries(
    names.map((name, at) => [name, Number.isNaN(values[at]) ? null : (values[at] ?? null)]),
  );
  return { id, indices, composite };
}

const CHUNK_LENGTH = 1 << 16;

/** Collects lines and writes them in large pieces, each after the one before has been written. */
export class LineBuffer {
  readonly #write: (text: string) => Promise<void>;
  #buffer = "";

  constructor(write: (text: string) => Promise<void>) {
    this.#write = write;
  }

  async add(line: string): Promise<void> {
    this.#buffer += line;
    if (this.#buffer.length >= CHUNK_LENGTH) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = "";
    if (text !== "") await this.#write(text);
  }
}

/**
 * Formats a row as a line of a file.
 * @param typed whether a JSON object names its type, as the output of `--json` does
 */
export function formatRow(format: Format, names: readonly string[], row: ScoredText, typed: boolean): string {
  if (format === "csv") return formatCsvRow(row);
  return `${JSON.stringify({ ...(typed && { type: "row" }), ...toTextScore(names, row) })}\n`;
}

/**
 * Returns the format of an output file by its name.
 * @throws DialoguePpoError ERR_CONFIG for another ending than .csv or .jsonl
 */
export function outputFormat(file: string): Format {
  const extension = /\.(csv|jsonl)$/.exec(file)?.[1];
  if (extension === undefined) {
    throw new DialoguePpoError("ERR_CONFIG", `--output ${file}: expected a name that ends in .csv or .jsonl`);
  }
  return extension as Format;
}

/** Returns a sink that writes to a file, which appears only when it is complete. */
export function fileSink(file: string, names: readonly string[]): ScoreSink {
  const format = outputFormat(file);
  const opened = AtomicFile.open(file);
  // The first write reports the error; until then it must not count as an unhandled rejection.
  opened.catch(() => {});
  const lines = new LineBuffer((text) => opened.then((output) => output.write(text)));
  const header = format === "csv" ? lines.add(formatCsvHeader(names)) : Promise.resolve();
  return {
    async write(row) {
      await header;
      await lines.add(formatRow(format, names, row, false));
    },
    async finish() {
      await lines.flush();
      await opened.then((output) => output.finish());
    },
    async discard() {
      await opened.then((output) => output.discard()).catch(() => {});
    },
  };
}
