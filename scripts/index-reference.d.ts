export const pageFile: string;
export function indexPage(catalogue: {
  readonly TEXT_FAMILIES: readonly object[];
  readonly SOURCE_FAMILY: object;
  readonly OWN_GROUPS: readonly object[];
}): string;
