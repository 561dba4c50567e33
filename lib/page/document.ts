import { escapeHtml } from "./escape.ts";
import { pageStyle } from "./style.ts";

export interface PageOptions {
  readonly title: string;
  /** Markup, escaped by its maker. */
  readonly body: string;
  readonly script?: string;
  /** Sources the page may connect to besides nothing; the live page needs "'self'". */
  readonly connect?: "'none'" | "'self'";
}

/** A whole page that needs nothing from outside: styles and script inline, everything else forbidden by its policy. */
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

/** A row of figures with their captions. */
export function cards(items: readonly { readonly value: string; readonly caption: string }[]): string {
  const cells = items.map(
    ({ value, caption }) =>
      `<div class="card"><b>${escapeHtml(value)}</b><span>${escapeHtml(caption)}</span></div>`,
  );
  return `<div class="cards">${cells.join("")}</div>`;
}

/** A cell of a table: text, or text with a tone, a smaller addition, or markup made by its maker. */
export type Cell =
  | string
  | {
      readonly text?: string;
      readonly small?: string;
      readonly tone?: "good" | "bad";
      /** Not escaped. */
      readonly markup?: string;
      /** Left out on narrow screens. */
      readonly wide?: boolean;
    };

/** Text whose long names may break behind an underscore. */
const breakable = (text: string): string => escapeHtml(text).replaceAll("_", "_<wbr>");

function tableCell(cell: Cell): string {
  if (typeof cell === "string") return `<td>${breakable(cell)}</td>`;
  const { text = "", small, tone, markup = "", wide } = cell;
  const classes = [tone, wide ? "wide" : undefined].filter((name) => name !== undefined).join(" ");
  const addition = small === undefined ? "" : ` <small>${escapeHtml(small)}</small>`;
  return `<td${classes === "" ? "" : ` class="${classes}"`}>${escapeHtml(text)}${addition}${markup}</td>`;
}

/**
 * A table; the head may leave a column out on narrow screens as its cells do.
 * @param names "long": on narrow screens the first cell of a row gets a line of its own
 */
export function table(
  head: readonly (string | { readonly text: string; readonly wide: true })[],
  rows: readonly (readonly Cell[])[],
  names: "short" | "long" = "short",
): string {
  const heads = head.map((name) =>
    typeof name === "string"
      ? `<th>${escapeHtml(name)}</th>`
      : `<th class="wide">${escapeHtml(name.text)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map(tableCell).join("")}</tr>`);
  return `<div class="table${names === "long" ? " stacked" : ""}"><table><thead><tr>${heads.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}
