/** Returns the Markdown of a run from its JSON. */
export function markdown(result: object): string;
