/** Path of the page. */
export const pageFile: string;

/** Returns the text of the page. */
export function indexPage(catalogue: {
  readonly TEXT_FAMILIES: readonly object[];
  readonly SOURCE_FAMILY: object;
  readonly OWN_GROUPS: readonly object[];
}): string;
