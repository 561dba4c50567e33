/** Returns the page with its generated block replaced by `text`. */
export function withGeneratedBlock(page: string, text: string): string;
