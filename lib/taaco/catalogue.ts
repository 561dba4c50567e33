/** Every index in one place: names, meanings, formulas and needs follow from the families' entries. */
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

/** Groups of our own measures, which are never among the official indices. */
export const OWN_GROUPS: readonly IndexGroup[] = [TURN_MEASURES, TEXT_MEASURES];

/** All groups in the order in which the report shows them. */
export const GROUPS: readonly IndexGroup[] = [...OWN_GROUPS, ...FAMILIES];

const namesIn = (groups: readonly IndexGroup[]): readonly string[] =>
  groups.flatMap(({ entries }) => entries.map(({ name }) => name));

/** Names of the 168 indices of a single text, in the order of the official output. */
export const TEXT_NAMES = namesIn(TEXT_FAMILIES);

/** Names of the 26 indices that compare a text with its source. */
export const SOURCE_NAMES = namesIn([SOURCE_FAMILY]);

/** Names of the 194 indices of a text with its source. */
export const ALL_NAMES = namesIn(FAMILIES);

/** Names of our own measures of a whole text. */
export const TEXT_MEASURE_NAMES = namesIn([TEXT_MEASURES]);

/** Names of our own measures of a turn in its dialogue. */
export const TURN_MEASURE_NAMES = namesIn([TURN_MEASURES]);

interface Place<Group extends IndexGroup> {
  readonly group: Group;
  readonly entry: IndexEntry;
}

const locate = <Group extends IndexGroup>(groups: readonly Group[]): ReadonlyMap<string, Place<Group>> =>
  new Map(
    groups.flatMap((group) =>
      group.entries.map((entry): [string, Place<Group>] => [entry.name, { group, entry }]),
    ),
  );

const EVERYWHERE = locate(GROUPS);
const OFFICIAL = locate(FAMILIES);

/** Returns an index, official or our own, with its group; undefined for an unknown name. */
export const findIndex = (name: string): Place<IndexGroup> | undefined => EVERYWHERE.get(name);

/** Returns an official index with its family; undefined for any other name. */
export const findOfficial = (name: string): Place<Family> | undefined => OFFICIAL.get(name);
