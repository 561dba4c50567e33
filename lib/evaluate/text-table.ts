import { formatCount } from "../format.ts";
import { fixed, intervalDecimals } from "../page/numbers.ts";
import { type Baselines, type Comparison, type EvaluationRecord, isClear } from "../run/evaluation.ts";
import { evaluationNotes, whichDialogues } from "../run/evaluation-notes.ts";

type Row = Comparison & Partial<Baselines>;

function formatCells(name: string, row: Row): string[] {
  const decimals = intervalDecimals(row);
  const number = (value: number | null | undefined): string => fixed(value, decimals);
  const signed = (value: number | null): string => fixed(value, decimals, true);
  const interval = row.low === null || row.high === null ? "–" : `${signed(row.low)} .. ${signed(row.high)}`;
  const difference = `${signed(row.difference)}${isClear(row) ? " *" : "  "}`;
  return [
    name,
    number(row.before),
    number(row.after),
    difference,
    interval,
    number(row.teacher),
    number(row.human),
  ];
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** Returns how clearly a difference stands out, in half widths of its interval. */
function clarity({ difference, low, high }: Comparison): number {
  if (difference === null || low === null || high === null || high <= low) return 0;
  return Math.abs(difference) / ((high - low) / 2);
}

/**
 * Formats an evaluation as lines for a terminal: the main measures and the `count` indices that changed most clearly. A star
 * marks an interval that excludes zero.
 */
export function evaluationLines(record: EvaluationRecord, count = 8): string[] {
  const { reward, childScore, kl, perplexity, length, repetition, indices, samplesPerPrompt } = record;
  const changed = Object.entries(indices)
    .filter(([, row]) => isClear(row))
    .toSorted(([, a], [, b]) => clarity(b) - clarity(a));
  const head = ["", "before", "after", "difference  ", "95 % interval", "teacher", "human"];
  const main: [string, Row][] = [
    ["reward", reward],
    ["child score", childScore],
    ["KL (nats a turn)", kl],
    ["perplexity of human turns", perplexity],
    ["words a turn", length],
    ["repeated word pairs", repetition],
  ];
  const rows = [...main, ...changed.slice(0, count)].map(([name, row]) => formatCells(name, row));
  const [top = "", ...lines] = alignColumns([head, ...rows]);
  const total = Object.keys(indices).length;
  return [
    `${whichDialogues(record)}, ${formatCount(samplesPerPrompt, "turn")} each; * the interval excludes zero`,
    top,
    ...lines.slice(0, main.length),
    ...(total > 0
      ? [
          `${changed.length} of ${formatCount(total, "index", "indices")} changed clearly${changed.length > 0 ? ":" : ""}`,
        ]
      : []),
    ...lines.slice(main.length),
    ...evaluationNotes(record).map((note) => `note: ${note}`),
  ];
}
