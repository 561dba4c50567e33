import { escapeHtml } from "./escape.ts";
import { pageStyle } from "./style.ts";

/** Options of {@link htmlPage}. */
export interface PageOptions {
  readonly title: string;
  /** HTML of the page. The caller escapes text in it. */
  readonly body: string;
  /** JavaScript that runs at the end of the body. */
  readonly script?: string;
  /** Value of `connect-src` in the Content-Security-Policy. The live page needs "'self'". Default "'none'". */
  readonly connect?: "'none'" | "'self'";
}

/**
 * Returns a complete HTML page with inline styles and script. Its Content-Security-Policy blocks all other sources.
 */
export function htmlPage(options: PageOptions): string {
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; " +
    `connect-src ${options.connect ?? "'none'"}; base-uri 'none'; form-action 'none'`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<link rel="icon" href="data:,">',
    `<title>${escapeHtml(options.title)}</title><style>${pageStyle}</style></head>`,
    `<body><main>${options.body}</main>`,
    options.script ? `<script>${options.script}</script>` : "",
    "</body></html>\n",
  ].join("\n");
}

/** Returns the HTML of a row of cards, each with a value and its caption. */
export function cards(items: readonly { readonly value: string; readonly caption: string }[]): string {
  const cells = items.map(
    ({ value, caption }) =>
      `<div class="card"><b>${escapeHtml(value)}</b><span>${escapeHtml(caption)}</span></div>`,
  );
  return `<div class="cards">${cells.join("")}</div>`;
}

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
      /** Hides the cell on narrow screens. */
      readonly wide?: boolean;
    };

/** Escapes text and allows line breaks after underscores, so that long index names fit. */
const breakable = (text: string): string => escapeHtml(text).replaceAll("_", "_<wbr>");

function tableCell(cell: Cell): string {
  if (typeof cell === "string") return `<td>${breakable(cell)}</td>`;
  const { text = "", small, tone, markup = "", wide } = cell;
  const classes = [tone, wide ? "wide" : undefined].filter((name) => name !== undefined).join(" ");
  const addition = small === undefined ? "" : ` <small>${escapeHtml(small)}</small>`;
  return `<td${classes === "" ? "" : ` class="${classes}"`}>${escapeHtml(text)}${addition}${markup}</td>`;
}

/**
 * Returns the HTML of a table.
 *
 * @param head column titles. A column that is marked `wide` is hidden on narrow screens, and its cells must be
 *   marked too
 * @param nameLength with "long", narrow screens put the first cell of a row on a separate line above the others
 */
export function table(
  head: readonly (string | { readonly text: string; readonly wide: true })[],
  rows: readonly (readonly Cell[])[],
  nameLength: "short" | "long" = "short",
): string {
  const headCells = head.map((name) =>
    typeof name === "string"
      ? `<th>${escapeHtml(name)}</th>`
      : `<th class="wide">${escapeHtml(name.text)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map(tableCell).join("")}</tr>`);
  return `<div class="table${nameLength === "long" ? " stacked" : ""}"><table><thead><tr>${headCells.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}
