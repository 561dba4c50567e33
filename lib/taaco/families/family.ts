import type { ConnectiveTable } from "../lists/connective-table.ts";
import type { PreparedSource } from "../lists/keywords.ts";
import type { TaacoLists } from "../lists/word-lists.ts";
import type { TextModel } from "../text/text-model.ts";
import type { ArithmeticMode, FamilyValues, SpaceKind, VectorSpace } from "../types.ts";
import type { Found } from "./evidence.ts";

/** What an index needs besides the text that it measures. */
export interface IndexNeeds {
  /** Kind of semantic space. */
  readonly space?: SpaceKind;
  /** Word list that is counted or looked up, as a reader knows it. */
  readonly list?: string;
  /** A second text: the source of a summary or an answer, or the dialogue before the turn. */
  readonly text?: "source" | "dialogue";
}

/** Description of an index. */
export interface IndexEntry<Parts = unknown> {
  readonly name: string;
  /** What the value says about a text, in one line. */
  readonly meaning: string;
  /** How the value is computed; symbols are explained by the group's `notation`. */
  readonly formula: string;
  /** What faithful mode computes instead, where the two differ in kind. */
  readonly faithful?: string;
  readonly needs: IndexNeeds;
  /** What distinguishes the index from the others of its group; computation and explanation use it. */
  readonly parts: Parts;
}

/** Indices that belong together. */
export interface IndexGroup<Parts = unknown> {
  /** Heading in the report, at the terminal and in the documentation. */
  readonly title: string;
  /** Symbols of the formulas and what all members have in common. */
  readonly notation: string;
  readonly entries: readonly IndexEntry<Parts>[];
}

/** What the families need besides the text. */
export interface FamilyContext {
  readonly mode: ArithmeticMode;
  readonly lists: TaacoLists;
  readonly spaces: readonly VectorSpace[];
  readonly connectives: ConnectiveTable;
  readonly source?: PreparedSource;
}

/** Official indices that are computed together. */
export interface Family<Parts = unknown> extends IndexGroup<Parts> {
  /** Returns one value for each entry, in their order. */
  compute(text: TextModel, context: FamilyContext): FamilyValues;
  /** Returns the words and segment pairs behind one index. */
  explain(text: TextModel, parts: Parts, context: FamilyContext): Found;
}

/** Returns part / whole; over nothing it is null when corrected, and 0 as in the official tool otherwise. */
export function ratio(part: number, whole: number, mode: ArithmeticMode): number | null {
  if (whole > 0) return part / whole;
  return mode === "corrected" ? null : 0;
}
