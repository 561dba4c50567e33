/** Returns the Markdown of a run from its JSON. */
export function markdown(result: object): string;
/** Returns the page with its generated block replaced by `text`. */
export function withGeneratedBlock(page: string, text: string): string;
