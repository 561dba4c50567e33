import { AtomicFile } from "../atomic.ts";
import { DialoguePpoError } from "../errors.ts";

/** What is known of one text. */
export interface ScoredText {
  readonly id: string;
  /** In the order of the names; NaN for null. */
  readonly values: Float64Array;
  readonly composite: number | null;
}

/** Where scored texts go, in order. */
export interface ScoreSink {
  write(row: ScoredText): Promise<void>;
  /** Completes the output. */
  finish(): Promise<void>;
  /** Takes back what was written. */
  discard(): Promise<void>;
}

type Format = "csv" | "jsonl";

const quoteCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** A row as CSV: unquoted where possible, as the official tool writes; null is an empty cell. */
export function formatCsvRow({ id, values, composite }: ScoredText): string {
  let row = quoteCell(id);
  for (const value of values) row += Number.isNaN(value) ? "," : `,${value}`;
  return `${row},${composite ?? ""}\n`;
}

export const formatCsvHeader = (names: readonly string[]): string =>
  `${["Filename", ...names, "composite"].join(",")}\n`;

/** A row as the object of a JSON line. */
export function toTextScore(
  names: readonly string[],
  { id, values, composite }: ScoredText,
): Record<string, unknown> {
  const indices = Object.fromEntries(
    names.map((name, at) => [name, Number.isNaN(values[at]) ? null : values[at]]),
  );
  return { id, indices, composite };
}

const CHUNK_LENGTH = 1 << 16;

/** Collects lines and writes them in large pieces, no faster than the receiver takes them. */
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

export function formatRow(format: Format, names: readonly string[], row: ScoredText, typed: boolean): string {
  if (format === "csv") return formatCsvRow(row);
  return `${JSON.stringify({ ...(typed && { type: "row" }), ...toTextScore(names, row) })}\n`;
}

/** Format of an output file, by its name. */
export function outputFormat(file: string): Format {
  const extension = /\.(csv|jsonl)$/.exec(file)?.[1];
  if (extension === undefined) {
    throw new DialoguePpoError("ERR_CONFIG", `--output ${file}: expected a name that ends in .csv or .jsonl`);
  }
  return extension as Format;
}

/** Rows in a file, which has its name only when it is complete. */
export function fileSink(file: string, names: readonly string[]): ScoreSink {
  const format = outputFormat(file);
  const refused = (cause: unknown): never => {
    throw new DialoguePpoError("ERR_CONFIG", `--output ${file}: ${(cause as Error).message}`, { cause });
  };
  const opened = AtomicFile.open(file);
  opened.catch(() => {}); // The first write reports it.
  const lines = new LineBuffer((text) => opened.then((output) => output.write(text)).catch(refused));
  const header = format === "csv" ? lines.add(formatCsvHeader(names)) : Promise.resolve();
  return {
    async write(row) {
      await header;
      await lines.add(formatRow(format, names, row, false));
    },
    async finish() {
      await lines.flush();
      await opened.then((output) => output.finish()).catch(refused);
    },
    async discard() {
      await opened.then((output) => output.discard()).catch(() => {});
    },
  };
}
