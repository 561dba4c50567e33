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

/** A key figure. */
export interface Card {
  readonly value: string;
  readonly caption: string;
  /** Colours the value as a good or bad result. */
  readonly tone?: "good" | "bad" | undefined;
}

/** Returns the HTML of a row of cards, each with a value and its caption. */
export function cards(items: readonly Card[]): string {
  const cells = items.map(
    ({ value, caption, tone }) =>
      `<div class="card"><b${tone === undefined ? "" : ` class="${tone}"`}>${escapeHtml(value)}</b><span>${escapeHtml(caption)}</span></div>`,
  );
  return `<div class="cards">${cells.join("")}</div>`;
}

/** Returns the HTML of a paragraph that warns. */
export const warning = (text: string): string => `<p class="warning">${escapeHtml(text)}</p>`;

/** Returns the HTML of a list of facts, each a name with its value. The HTML of a value is inserted as it is. */
export function factList(facts: readonly (readonly [name: string, markup: string])[]): string {
  const items = facts.map(([name, markup]) => `<dt>${escapeHtml(name)}</dt><dd>${markup}</dd>`);
  return `<dl class="facts">${items.join("")}</dl>`;
}

/** Returns a section that can be opened and closed. The HTML of `body` is inserted as it is. */
export function collapsed(title: string, count: string, body: string): string {
  return `<details><summary>${escapeHtml(title)} <span>${escapeHtml(count)}</span></summary>${body}</details>`;
}

/** Script that opens all closed sections while the page is printed. */
export const printScript = `
addEventListener("beforeprint", () => {
  for (const section of document.querySelectorAll("details:not([open])")) {
    section.open = true;
    section.dataset.opened = "";
  }
});
addEventListener("afterprint", () => {
  for (const section of document.querySelectorAll("details[data-opened]")) {
    section.open = false;
    delete section.dataset.opened;
  }
});
`;
