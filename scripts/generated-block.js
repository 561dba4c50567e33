// Blocks of a page that a command writes.
const BEGIN = "<!-- The lines up to the end mark are generated; the command in them says how. -->";
const END = "<!-- end of the generated lines -->";

/** Returns the page with its generated block replaced by `text`; a page of its own if there is no block. */
export function withGeneratedBlock(page, text) {
  const block = `${BEGIN}\n\n${text}\n\n${END}`;
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  return from >= 0 && to > from ? page.slice(0, from) + block + page.slice(to + END.length) : `${block}\n`;
}
