import { findIndex, GROUPS } from "../taaco/catalogue.ts";

/** Heading for unknown index names, which a different version may have written. */
const OTHER_TITLE = "Other indices";

/** Returns the meaning of an index in one line; undefined for an unknown name. */
export const indexMeaning = (name: string): string | undefined => findIndex(name)?.entry.meaning;

/**
 * Groups index names by the title of their family. Families keep the catalogue's order, names keep the given order.
 */
export function groupByFamily(names: readonly string[]): Map<string, string[]> {
  const result = new Map<string, string[]>(
    [...GROUPS.map(({ title }) => title), OTHER_TITLE].map((title) => [title, []]),
  );
  for (const name of names) result.get(findIndex(name)?.group.title ?? OTHER_TITLE)?.push(name);
  return new Map([...result].filter(([, members]) => members.length > 0));
}
