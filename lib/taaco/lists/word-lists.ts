import type { IndexMode } from "../types.ts";

/** The entries of one connective index in one mode; the three counts are added (see docs/taaco-analysis.md). */
export interface CountingList {
  /** S: word forms or phrases, words separated by single spaces, lower case. */
  readonly strings: readonly string[];
  /** T: a token counts whatever its tag. */
  readonly tokens: ReadonlySet<string>;
  /** M: a token counts only when it carries the marker flag. */
  readonly markers: ReadonlySet<string>;
  /** Faithful mode only: a marker token counts when this text contains its form. */
  readonly markerText?: string;
}

/** One index of the connective family. */
export interface ConnectiveList {
  readonly name: string;
  readonly corrected: CountingList;
  readonly faithful: CountingList;
}

/** Synonyms of one part of speech: all single-word members of all synsets of a lemma. */
export interface SynonymTable {
  /** S(w) without w itself; empty when w is not in the table. */
  of(lemma: string): readonly string[];
}

/** Kinds of reference list for the keyword indices: `uni` and the n-gram lists, as in the index names. */
export const FREQUENCY_KINDS = [
  "uni",
  "bi",
  "tri",
  "quad",
  "n_bi",
  "adj_bi",
  "v_bi",
  "v_n_bi",
  "a_n_bi",
  "n_tri",
  "adj_tri",
  "v_tri",
  "v_n_tri",
  "a_n_tri",
  "n_quad",
  "adj_quad",
  "v_quad",
  "v_n_quad",
  "a_n_quad",
] as const;

export type FrequencyKind = (typeof FREQUENCY_KINDS)[number];

/** Reference frequencies: item (n-gram words separated by spaces, `x` for a word outside the class) to count per million. */
export interface ReferenceFrequencies {
  readonly source: string;
  /** Lower-case item to frequency per million; loaded on first use. */
  perMillion(kind: FrequencyKind): ReadonlyMap<string, number>;
}

/** Every word list the indices need. */
export interface TaacoLists {
  /** By index name; `lexical_subordinators` and the two attended/unattended counts need no list and are absent. */
  readonly connectives: ReadonlyMap<string, ConnectiveList>;
  /** The 13 third-person lemmas of the givenness indices. */
  readonly givenness: ReadonlySet<string>;
  /** this, that, these, those. */
  readonly demonstratives: ReadonlySet<string>;
  /** The adverb test: is this adverb lemma a content word? */
  isContentAdverb(lemma: string, mode: IndexMode): boolean;
  synonyms(pos: "noun" | "verb"): SynonymTable;
  /** Absent unless given: the package ships no reference corpus. */
  readonly frequencies?: ReferenceFrequencies;
  /** Where the adjective, synonym and frequency lists come from. */
  readonly source: "own" | "official";
}

/** Where to take lists from. */
export interface ListOptions {
  /** Folder of the package's own lists; default the shipped one. */
  readonly directory?: string;
  /** Folder of the official package's files, replacing adjectives, synonyms and frequencies. */
  readonly officialDirectory?: string;
  /** File written by the frequency learner. */
  readonly frequencyFile?: string;
}
