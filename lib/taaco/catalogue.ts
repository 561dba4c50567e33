/**
 * The catalogue of all indices. Names, meanings, formulas and needs are taken from the entries of the families, so that
 * each index is described in one place.
 */
import { CONNECTIVES } from "./families/connectives.ts";
import { DIVERSITY } from "./families/diversity.ts";
import type { Family, IndexEntry, IndexGroup } from "./families/family.ts";
import { GIVENNESS } from "./families/givenness.ts";
import { PARAGRAPH_OVERLAP, SENTENCE_OVERLAP } from "./families/overlap.ts";
import { TEXT_MEASURES } from "./families/own-text.ts";
import { TURN_MEASURES } from "./families/own-turn.ts";
import { SEMANTIC } from "./families/semantic.ts";
import { SOURCE } from "./families/source.ts";
import { SYNONYMS } from "./families/synonyms.ts";
import type { SpaceKind } from "./types.ts";

/** Families of the 168 indices of a single text, in the order of the official output. */
export const TEXT_FAMILIES: readonly Family[] = [
  DIVERSITY,
  SENTENCE_OVERLAP,
  PARAGRAPH_OVERLAP,
  SYNONYMS,
  SEMANTIC,
  CONNECTIVES,
  GIVENNESS,
];

/** The family of the 26 indices that compare a text with its source. */
export const SOURCE_FAMILY: Family = SOURCE;

/** Families of the 194 official indices. */
export const FAMILIES: readonly Family[] = [...TEXT_FAMILIES, SOURCE_FAMILY];

/** The families under the names that users choose them by, in the order of the official output. */
export const FAMILIES_BY_NAME: ReadonlyMap<string, Family> = new Map([
  ["diversity", DIVERSITY],
  ["sentence-overlap", SENTENCE_OVERLAP],
  ["paragraph-overlap", PARAGRAPH_OVERLAP],
  ["synonyms", SYNONYMS],
  ["semantic", SEMANTIC],
  ["connectives", CONNECTIVES],
  ["givenness", GIVENNESS],
  ["source", SOURCE_FAMILY],
]);

/** Groups of the measures that this package adds. They are not official indices. */
export const OWN_GROUPS: readonly IndexGroup[] = [TURN_MEASURES, TEXT_MEASURES];

/** All groups in the order in which the report shows them. */
export const GROUPS: readonly IndexGroup[] = [...OWN_GROUPS, ...FAMILIES];

const namesIn = (groups: readonly IndexGroup[]): readonly string[] =>
  groups.flatMap(({ entries }) => entries.map(({ name }) => name));

/** Names of the 168 indices of a single text, in the order of the official output. */
export const TEXT_NAMES = namesIn(TEXT_FAMILIES);

/** Names of the 26 indices that compare a text with its source. */
export const SOURCE_NAMES = namesIn([SOURCE_FAMILY]);

/** Names of all 194 official indices: those of a single text, then those that compare a text with its source. */
export const ALL_NAMES = namesIn(FAMILIES);

/** Names of this package's measures of a whole text. */
export const TEXT_MEASURE_NAMES = namesIn([TEXT_MEASURES]);

/** Names of this package's measures of a turn in its dialogue. */
export const TURN_MEASURE_NAMES = namesIn([TURN_MEASURES]);

interface LocatedIndex<Group extends IndexGroup> {
  readonly group: Group;
  readonly entry: IndexEntry;
}

const indexByName = <Group extends IndexGroup>(
  groups: readonly Group[],
): ReadonlyMap<string, LocatedIndex<Group>> =>
  new Map(
    groups.flatMap((group) =>
      group.entries.map((entry): [string, LocatedIndex<Group>] => [entry.name, { group, entry }]),
    ),
  );

const ALL_INDICES = indexByName(GROUPS);
const OFFICIAL_INDICES = indexByName(FAMILIES);

/** Returns an official index or a measure of this package with its group, or undefined for an unknown name. */
export const findIndex = (name: string): LocatedIndex<IndexGroup> | undefined => ALL_INDICES.get(name);

/** Returns an official index with its family, or undefined for any other name. */
export const findOfficial = (name: string): LocatedIndex<Family> | undefined => OFFICIAL_INDICES.get(name);

/** Returns the kind of semantic space that an index needs, if any. */
export const requiredSpaceKind = (index: string): SpaceKind | undefined =>
  findIndex(index)?.entry.needs.space;
