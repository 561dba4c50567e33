import type { ConnectiveTable } from "../lists/connective-table.ts";
import type { PreparedSource } from "../lists/keywords.ts";
import type { TaacoLists } from "../lists/word-lists.ts";
import type { TextModel } from "../text/text-model.ts";
import type { ArithmeticMode, FamilyValues, SpaceKind, VectorSpace } from "../types.ts";
import type { FoundEvidence } from "./evidence.ts";

/** Resources that an index needs besides the text that it measures. */
export interface IndexNeeds {
  /** Kind of the semantic space that the index needs. */
  readonly space?: SpaceKind;
  /** Word list that the index counts or looks up, as documentation names it. */
  readonly list?: string;
  /** Second text that the index needs: the source of a summary or an answer, or the dialogue before the turn. */
  readonly text?: "source" | "dialogue";
}

/** Description of an index. */
export interface IndexEntry<Parts = unknown> {
  /** Name of the index. */
  readonly name: string;
  /** Meaning of the value in one line. */
  readonly meaning: string;
  /** Formula of the value. The `notation` of the group explains its symbols. */
  readonly formula: string;
  /** What faithful mode computes instead. Absent if both modes use the formula. */
  readonly faithful?: string;
  readonly needs: IndexNeeds;
  /** Properties that distinguish the index from the others of its group. Computation and explanation use them. */
  readonly parts: Parts;
}

/** A group of related indices. */
export interface IndexGroup<Parts = unknown> {
  /** Heading of the group in reports, in the terminal and in the documentation. */
  readonly title: string;
  /** Explains the symbols of the formulas and what all members have in common. */
  readonly notation: string;
  readonly entries: readonly IndexEntry<Parts>[];
}

/** Resources and settings that the families need besides the text. */
export interface FamilyContext {
  readonly mode: ArithmeticMode;
  readonly lists: TaacoLists;
  readonly spaces: readonly VectorSpace[];
  readonly connectives: ConnectiveTable;
  readonly source?: PreparedSource;
}

/** A group of official indices that are computed together. */
export interface Family<Parts = unknown> extends IndexGroup<Parts> {
  /** Returns one value for each entry, in the order of the entries. */
  compute(text: TextModel, context: FamilyContext): FamilyValues;
  /** Returns the words and pairs of segments from which an index is computed. */
  explain(text: TextModel, parts: Parts, context: FamilyContext): FoundEvidence;
}

/** Returns a value for each entry, in the order of the entries. */
export function valuesOf<Parts>(
  entries: readonly IndexEntry<Parts>[],
  compute: (parts: Parts) => number | null,
): FamilyValues {
  const values: (number | null)[] = [];
  for (const { parts } of entries) values.push(compute(parts));
  return values;
}

/**
 * Returns part / whole. If the whole is 0, corrected mode returns null and the other modes return 0, as the official
 * tool does.
 */
export function ratio(part: number, whole: number, mode: ArithmeticMode): number | null {
  if (whole > 0) return part / whole;
  return mode === "corrected" ? null : 0;
}
