import { escapeHtml } from "./escape.ts";

/** Cell of a table: plain text, or text with further properties. */
export type Cell =
  | string
  | {
      readonly text?: string;
      /** Text in a smaller font after `text`. */
      readonly small?: string;
      /** Colours the cell as a good or bad result. */
      readonly tone?: "good" | "bad";
      /** HTML that is inserted after the text without escaping. */
      readonly markup?: string;
      /** Hides the cell on narrow screens, which show its content elsewhere. */
      readonly wide?: boolean;
    };

/** Options of {@link table}. */
export interface TableOptions {
  /** What the table shows, for screen readers and as the name of its scrollable box. */
  readonly caption: string;
  /** Column titles. The cells of a column that is marked `wide` must be marked, too. */
  readonly head: readonly (string | { readonly text: string; readonly wide: true })[];
  /** Rows, each with its name first. */
  readonly rows: readonly (readonly Cell[])[];
  /** Widths of the columns after the name on a narrow screen, which puts the name above them. Default: equal widths. */
  readonly narrow?: string;
}

/** Escapes text and allows line breaks after underscores, so that long index names fit. */
export const breakable = (text: string): string => escapeHtml(text).replaceAll("_", "_<wbr>");

function cellContent({ text = "", small, markup = "" }: Exclude<Cell, string>): string {
  return `${breakable(text)}${markup}${small === undefined ? "" : ` <small>${escapeHtml(small)}</small>`}`;
}

// Narrow screens lay rows out as grids, which would take their roles from them.
function tableCell(cell: Cell, column: number): string {
  const properties = typeof cell === "string" ? { text: cell } : cell;
  const { tone, wide } = properties;
  const classes = [tone, wide ? "wide" : undefined].filter((name) => name !== undefined).join(" ");
  const className = classes === "" ? "" : ` class="${classes}"`;
  const content = cellContent(properties);
  return column === 0
    ? `<th scope="row" role="rowheader"${className}>${content}</th>`
    : `<td role="cell"${className}>${content}</td>`;
}

/** Returns the HTML of a table that can be scrolled with the keyboard. */
export function table({ caption, head, rows, narrow }: TableOptions): string {
  const headCells = head.map((column) => {
    const { text, wide } = typeof column === "string" ? { text: column, wide: false } : column;
    return `<th scope="col" role="columnheader"${wide ? ' class="wide"' : ""}>${escapeHtml(text)}</th>`;
  });
  const body = rows.map((row) => `<tr role="row">${row.map(tableCell).join("")}</tr>`);
  const columns = narrow ?? `repeat(${head.length - 1}, 1fr)`;
  const name = escapeHtml(caption);
  return (
    `<div class="table" role="region" tabindex="0" aria-label="${name}" style="--columns: ${columns}">` +
    `<table role="table"><caption>${name}</caption><thead role="rowgroup"><tr role="row">${headCells.join("")}</tr></thead>` +
    `<tbody role="rowgroup">${body.join("")}</tbody></table></div>`
  );
}
