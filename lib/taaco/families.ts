import { type ConnectiveTable, connectiveIndices } from "./families/connectives.ts";
import { diversityIndices } from "./families/diversity.ts";
import { givennessIndices } from "./families/givenness.ts";
import { overlapIndices } from "./families/overlap.ts";
import { semanticIndices } from "./families/semantic.ts";
import { type PreparedSource, sourceIndices } from "./families/source.ts";
import { synonymIndices } from "./families/synonyms.ts";
import type { TaacoLists } from "./lists/word-lists.ts";
import {
  CONNECTIVE_NAMES,
  DIVERSITY_NAMES,
  GIVENNESS_NAMES,
  OVERLAP_NAMES,
  SEMANTIC_NAMES,
  SOURCE_NAMES,
  SYNONYM_NAMES,
} from "./names.ts";
import type { TextModel } from "./text/text-model.ts";
import type { ArithmeticMode, FamilyValues, VectorSpace } from "./types.ts";

/** What the families need besides the text. */
export interface Material {
  readonly mode: ArithmeticMode;
  readonly lists: TaacoLists;
  readonly spaces: readonly VectorSpace[];
  readonly connectives: ConnectiveTable;
  readonly source?: PreparedSource;
}

/** Indices that are computed together. */
export interface Family {
  readonly names: readonly string[];
  /** One value a name, in their order. */
  compute(text: TextModel, material: Material): FamilyValues;
}

/** Every family, in the order of the official output; the source's is last. */
export const FAMILIES: readonly Family[] = [
  { names: DIVERSITY_NAMES, compute: (text, { mode }) => diversityIndices(text, mode) },
  { names: OVERLAP_NAMES, compute: (text, { mode }) => overlapIndices(text, mode) },
  { names: SYNONYM_NAMES, compute: (text, { lists, mode }) => synonymIndices(text, lists, mode) },
  { names: SEMANTIC_NAMES, compute: (text, { spaces, mode }) => semanticIndices(text, spaces, mode) },
  {
    names: CONNECTIVE_NAMES,
    compute: (text, { connectives, mode }) => connectiveIndices(text, connectives, mode),
  },
  {
    names: GIVENNESS_NAMES,
    compute: (text, { lists, mode }) => givennessIndices(text, lists.givenness, mode),
  },
  {
    names: SOURCE_NAMES,
    compute: (text, { source, spaces, mode }) => (source ? sourceIndices(text, source, spaces, mode) : []),
  },
];
