import { DialoguePpoError } from "../errors.ts";
import { AtomicFile } from "../files/atomic-file.ts";
import { quoteCell } from "../format.ts";
import type { AnnotatedText } from "../taaco/types.ts";
import { formatTagged, taggedFormat } from "./tagged.ts";

/** The scores of one text as a row of numbers. */
export interface ScoredText {
  readonly id: string;
  /** Index values in the order of the names; NaN where a text has no value. */
  readonly values: Float64Array;
  /** The composite in (0, 1); null without a calibration that fits. */
  readonly composite: number | null;
  /** Counts in the order of `COUNT_NAMES`, if they were asked for. */
  readonly counts?: readonly number[] | undefined;
  /** Language analysis with all word classes, if it was asked for. */
  readonly tagged?: AnnotatedText | undefined;
}

/** The scores of one text. */
export interface TextScore {
  readonly id: string;
  /** Values under TAACO's names; null where a text has no value. */
  readonly indices: Readonly<Record<string, number | null>>;
  /** In (0, 1); null without a calibration that fits. */
  readonly composite: number | null;
  /** With the option `counts`: numbers of words, sentences, paragraphs and of the tokens and types of each class. */
  readonly counts?: Readonly<Record<string, number>>;
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
 * Formats a row as CSV, without quotes where possible, as the official tool writes it. A missing value is an empty
 * cell.
 */
function formatCsvRow({ id, values, composite, counts = [] }: ScoredText): string {
  let row = quoteCell(id);
  for (const value of values) row += Number.isNaN(value) ? "," : `,${value}`;
  return `${[row, composite ?? "", ...counts].join(",")}\n`;
}

/** Names of the columns of a row. */
export interface RowColumns {
  /** Names of the index values. */
  readonly indices: readonly string[];
  /** Names of the counts, which follow the composite. */
  readonly counts: readonly string[];
}

/** Returns the header of a CSV file. */
export const formatCsvHeader = ({ indices, counts }: RowColumns): string =>
  `${["Filename", ...indices, "composite", ...counts].join(",")}\n`;

/** Returns the scores of a text by name. */
export function toTextScore(columns: RowColumns, { id, values, composite, counts }: ScoredText): TextScore {
  const indices = Object.fromEntries(
    columns.indices.map((name, at) => [name, Number.isNaN(values[at]) ? null : (values[at] ?? null)]),
  );
  const named = counts && Object.fromEntries(columns.counts.map((name, at) => [name, counts[at] ?? 0]));
  return { id, indices, composite, ...(named && { counts: named }) };
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
export function formatRow(format: Format, columns: RowColumns, row: ScoredText, typed: boolean): string {
  if (format === "csv") return formatCsvRow(row);
  return `${JSON.stringify({ ...(typed && { type: "row" }), ...toTextScore(columns, row) })}\n`;
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

/** Returns a sink that formats each row and writes it to a file. The file appears only when it is complete. */
function atomicSink(file: string, header: string, format: (row: ScoredText) => string): ScoreSink {
  const opened = AtomicFile.open(file);
  // The first write reports the error; until then it must not count as an unhandled rejection.
  opened.catch(() => {});
  const lines = new LineBuffer((text) => opened.then((output) => output.write(text)));
  const begun = lines.add(header);
  return {
    async write(row) {
      await begun;
      await lines.add(format(row));
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

/** Returns a sink that writes rows to a file, which appears only when it is complete. */
export function fileSink(file: string, columns: RowColumns): ScoreSink {
  const format = outputFormat(file);
  const header = format === "csv" ? formatCsvHeader(columns) : "";
  return atomicSink(file, header, (row) => formatRow(format, columns, row, false));
}

/** Returns a sink that writes the tagged texts to a file, which appears only when it is complete. */
export function taggedSink(file: string): ScoreSink {
  const format = taggedFormat(file);
  return atomicSink(file, "", ({ id, tagged = [] }) => formatTagged(format, id, tagged));
}

/** Returns a sink that writes to all sinks. */
export const joinSinks = (sinks: readonly ScoreSink[]): ScoreSink => ({
  async write(row) {
    for (const sink of sinks) await sink.write(row);
  },
  async finish() {
    for (const sink of sinks) await sink.finish();
  },
  async discard() {
    // The folders of a later file can lie in those that were created for an earlier one.
    for (const sink of sinks.toReversed()) await sink.discard();
  },
});
