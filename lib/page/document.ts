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

/** A table; a row of one cell is a group heading. Cells are escaped; a cell may carry a class. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | { readonly text: string; readonly tone: "good" | "bad" })[])[],
): string {
  const cell = (value: string | { text: string; tone: string }): string =>
    typeof value === "string"
      ? `<td>${escapeHtml(value)}</td>`
      : `<td class="${value.tone}">${escapeHtml(value.text)}</td>`;
  const body = rows.map((row) =>
    row.length === 1
      ? `<tr class="group"><th colspan="${head.length}">${escapeHtml(String(row[0]))}</th></tr>`
      : `<tr>${row.map(cell).join("")}</tr>`,
  );
  const heads = head.map((name) => `<th>${escapeHtml(name)}</th>`).join("");
  return `<div class="table"><table><thead><tr>${heads}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}
