import { styleText } from "node:util";
import { formatCount, printable } from "../../format.ts";
import { formatNumber } from "../../page/numbers.ts";
import { groupByFamily } from "../../report/families.ts";
import type { RowColumns, ScoredText, ScoreSink } from "../../score/sink.ts";
import { terminalWidth } from "../output.ts";
import { type OutputStream, useColor } from "../progress.ts";

/** Largest number of texts in the table. More rows would not fit on a screen. */
const MAX_ROWS = 20;
const GAP = 3;

/** Indices in the table of several texts, one for each family. */
const SUMMARY_INDICES = [
  "lemma_ttr",
  "lsa_1_all_sent",
  "all_connective",
  "adjacent_overlap_all_sent",
  "pronoun_density",
  "lexical_density_tokens",
];

const formatValue = (value: number | null | undefined): string =>
  formatNumber(value === undefined || Number.isNaN(value) ? null : value);

/** Arranges names and values in as many columns as fit. Each column is filled before the next. */
function formatColumns(cells: readonly (readonly [name: string, value: string])[], width: number): string[] {
  const names = Math.max(...cells.map(([name]) => name.length));
  const values = Math.max(...cells.map(([, value]) => value.length));
  const cell = names + 2 + values;
  const columns = Math.max(1, Math.floor((width + GAP) / (cell + GAP)));
  const rows = Math.ceil(cells.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cells[column * rows + row])
      .filter((one) => one !== undefined)
      .map(([name, value]) => `${name.padEnd(names)}  ${value.padStart(values)}`)
      .join(" ".repeat(GAP)),
  );
}

/** Returns all indices of one text in a section for each family, then its counts and the composite. */
function textTable(
  { indices: names, counts: countNames }: RowColumns,
  text: ScoredText,
  width: number,
): [head: string, lines: string[]][] {
  const values = new Map(names.map((name, at) => [name, formatValue(text.values[at])]));
  const sections = [...groupByFamily(names)].map(([title, members]): [string, string[]] => [
    title,
    formatColumns(
      members.map((name) => [name, values.get(name) ?? ""]),
      width,
    ),
  ]);
  const counts = countNames.map((name, at): [string, string] => [name, String(text.counts?.[at] ?? 0)]);
  const countSection: [string, string[]][] =
    counts.length === 0 ? [] : [["Counts", formatColumns(counts, width)]];
  return [...sections, ...countSection, [`composite  ${formatValue(text.composite)}`, []]];
}

/** Returns a table with one row per text: its composite and as many of the summary indices as fit. */
function textRows(names: readonly string[], texts: readonly ScoredText[], width: number): string[] {
  const summary = SUMMARY_INDICES.filter((name) => names.includes(name));
  const shown = summary.length > 0 ? summary : names.slice(0, SUMMARY_INDICES.length);
  const head = ["text", "composite", ...shown];
  const rows = texts.map(({ id, composite, values }) => [
    printable(id.length > 30 ? `${id.slice(0, 29)}…` : id),
    formatValue(composite),
    ...shown.map((name) => formatValue(values[names.indexOf(name)])),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const widthOfColumns = (columns: number): number =>
    widths.slice(0, columns).reduce((sum, column) => sum + column + 2, -2);
  const columnsThatFit = widths.filter((_, at) => widthOfColumns(at + 1) <= width).length;
  return [head, ...rows].map((row) =>
    row
      .slice(0, Math.max(2, columnsThatFit))
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join("  "),
  );
}

/** Returns a sink that prints tables: all indices of a single text, or one row per text. */
export function terminalSink(columns: RowColumns, screen: OutputStream = process.stdout): ScoreSink {
  const shownTexts: ScoredText[] = [];
  let count = 0;
  const width = terminalWidth(screen);
  const bold = (text: string): string => (useColor(screen) ? styleText("bold", text) : text);
  const single = (text: ScoredText): string[] =>
    textTable(columns, text, width).flatMap(([head, lines]) => ["", bold(head), ...lines]);
  const several = (): string[] => {
    const [head = "", ...lines] = textRows(columns.indices, shownTexts, width);
    const hidden = count - shownTexts.length;
    return ["", bold(head), ...lines, ...(hidden > 0 ? [`… and ${formatCount(hidden, "text")} more`] : [])];
  };
  return {
    async write(text) {
      count += 1;
      if (shownTexts.length < MAX_ROWS) shownTexts.push(text);
    },
    async finish() {
      const [first] = shownTexts;
      const isSingle = count === 1 && first !== undefined;
      const hint = `${isSingle ? "the same" : "every index of every text"} as CSV: --output FILE.csv, or a pipe`;
      screen.write(`${[...(isSingle ? single(first) : several()), "", hint].join("\n")}\n`);
    },
    discard: async () => {},
  };
}
