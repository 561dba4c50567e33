import { findIndex, GROUPS } from "../taaco/catalogue.ts";

/** Heading of names that no group has, which another version may have written. */
const OTHER = "Other indices";

/** Returns names by the title of their group. Groups come in the catalogue's order, names in the given one. */
export function byFamily(names: readonly string[]): Map<string, string[]> {
  const result = new Map<string, string[]>(
    [...GROUPS.map(({ title }) => title), OTHER].map((title) => [title, []]),
  );
  for (const name of names) result.get(findIndex(name)?.group.title ?? OTHER)?.push(name);
  return new Map([...result].filter(([, members]) => members.length > 0));
}
