import { escapeHtml } from "../page/escape.ts";
import { intervalSvg } from "../page/interval.ts";
import { fixed, intervalDecimals } from "../page/numbers.ts";
import { breakable, type Cell, table } from "../page/table.ts";
import { type Comparison, isClear, type MeasureValues } from "../run/evaluation.ts";
import { indexMeaning } from "./families.ts";
import { intervalText } from "./wording.ts";

/** A row of a table of measures. */
export interface MeasureRow {
  readonly name: string;
  /** Name where there is little room. Default: `name`. */
  readonly short?: string;
  readonly values: MeasureValues;
  /** Which direction is an improvement. Default: neither. */
  readonly better?: "higher" | "lower";
}

/** Returns how a clear change is coloured. */
export function toneOf({ values, better }: MeasureRow): "good" | "bad" | undefined {
  if (better === undefined || !isClear(values)) return undefined;
  return (values.difference ?? 0) > 0 === (better === "higher") ? "good" : "bad";
}

/** Returns the change of a measure with its interval, coloured when it is clear. */
export function changeCell(row: MeasureRow): Cell {
  const { difference, low, high } = row.values;
  if (difference === null) return "–";
  const decimals = intervalDecimals(row.values);
  const tone = toneOf(row);
  return {
    text: fixed(difference, decimals, true),
    ...(low === null || high === null ? {} : { small: intervalText(row.values) }),
    ...(tone === undefined ? {} : { tone }),
  };
}

function intervalCell({ low, difference, high }: Comparison): Cell {
  const complete = low !== null && difference !== null && high !== null;
  return { markup: complete ? intervalSvg(low, difference, high) : "", wide: true };
}

/** Returns the name of a measure. The name of an index has its meaning below it and as a tooltip. */
function nameCell(name: string): Cell {
  const meaning = indexMeaning(name);
  if (meaning === undefined) return name;
  const title = escapeHtml(meaning);
  return { markup: `<span title="${title}">${breakable(name)}</span>`, small: meaning };
}

function cells(row: MeasureRow): Cell[] {
  const { name, values } = row;
  const format = (value: number | null | undefined): string => fixed(value, intervalDecimals(values));
  return [
    nameCell(name),
    format(values.before),
    format(values.after),
    changeCell(row),
    intervalCell(values),
    format(values.teacher),
    format(values.human),
  ];
}

/** Returns the HTML of a table of measures before and after training, with those of the teacher and the human turns. */
export function measureTable(caption: string, first: string, rows: readonly MeasureRow[]): string {
  return table({
    caption,
    head: [first, "before", "after", "change", { text: "95 % interval", wide: true }, "teacher", "human"],
    rows: rows.map(cells),
    narrow: "1fr 1fr 2fr 1fr 1fr",
  });
}
