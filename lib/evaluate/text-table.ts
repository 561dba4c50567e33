import { alignColumns, formatCount, wrapText } from "../format.ts";
import { fixed, intervalDecimals } from "../page/numbers.ts";
import { mainRows } from "../report/evaluation-sections.ts";
import { evaluationVerdict } from "../report/evaluation-verdict.ts";
import { evaluationNotes, whichDialogues } from "../report/notes.ts";
import { intervalCells } from "../report/wording.ts";
import { clarity, type EvaluationRecord, isClear, type MeasureValues } from "../run/evaluation.ts";

function formatCells(name: string, row: MeasureValues): string[] {
  const decimals = intervalDecimals(row);
  const number = (value: number | null | undefined): string => fixed(value, decimals);
  const [change, bounds] = intervalCells(row);
  return [
    name,
    number(row.before),
    number(row.after),
    change,
    row.low === null || row.high === null ? "–" : bounds,
    number(row.teacher),
    number(row.human),
  ];
}

/** Size of the text of an evaluation. */
export interface EvaluationTextSize {
  /** Number of the most clearly changed indices. Default 8. */
  readonly indices?: number;
  /** Most characters in a line. Default 80. */
  readonly width?: number;
}

/** Returns the line above the indices: "102 of 174 indices changed clearly; the 8 clearest:". */
function indexHeading(changed: number, total: number, shown: number): string {
  const end = changed === 0 ? "" : changed <= shown ? ":" : `; the ${shown} clearest:`;
  return `${changed} of ${formatCount(total, "index", "indices")} changed clearly${end}`;
}

/**
 * Formats an evaluation as lines for a terminal: the main measures, the indices that changed most clearly, the notes
 * and the verdict. A star marks an interval that excludes zero.
 */
export function evaluationLines(record: EvaluationRecord, size: EvaluationTextSize = {}): string[] {
  const { indices: count = 8, width = 80 } = size;
  const { indices, samplesPerPrompt } = record;
  const changed = Object.entries(indices)
    .filter(([, row]) => isClear(row))
    .toSorted(([, a], [, b]) => clarity(b) - clarity(a));
  const head = ["", "before", "after", "change", "95 % interval", "teacher", "human"];
  const main = mainRows(record).map(({ name, short, values }): [string, MeasureValues] => [
    short ?? name,
    values,
  ]);
  const rows = [...main, ...changed.slice(0, count)].map(([name, row]) => formatCells(name, row));
  const [top = [], ...lines] = alignColumns([head, ...rows], width);
  const total = Object.keys(indices).length;
  const wrap = (text: string): string[] => wrapText(text, width, "  ");
  return [
    ...wrap(
      `${whichDialogues(record)}, ${formatCount(samplesPerPrompt, "turn")} each; * the interval excludes zero`,
    ),
    ...top,
    ...lines.slice(0, main.length).flat(),
    ...(total > 0 ? [indexHeading(changed.length, total, count)] : []),
    ...lines.slice(main.length).flat(),
    ...evaluationNotes(record).flatMap((note) => wrap(`note: ${note}`)),
    ...wrap(`verdict: ${evaluationVerdict(record)}`),
  ];
}
