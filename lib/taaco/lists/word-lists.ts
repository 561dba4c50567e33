import type { IndexMode } from "../types.ts";
import type { WordSet } from "./list-file.ts";

/** Entries of a connective index in one mode. The index counts matches of all three kinds (docs/taaco-analysis.md). */
export interface CountingList {
  /** Lower-case words or phrases, whose words are separated by single spaces. */
  readonly strings: readonly string[];
  /** Words that count with any tag. */
  readonly tokens: ReadonlySet<string>;
  /** Words that count only on a token with the marker flag. */
  readonly markers: ReadonlySet<string>;
  /** Text of faithful mode: a token with the marker flag also counts if this text contains its form. */
  readonly markerText?: string;
}

/** The word lists of a connective index. */
export interface ConnectiveList {
  readonly name: string;
  readonly corrected: CountingList;
  readonly faithful: CountingList;
}

/** Synonyms of one part of speech: the other single-word members of all synsets of a lemma. */
export interface SynonymTable {
  /** Returns the synonyms of a lemma without the lemma itself, or an empty array if the table does not contain it. */
  get(lemma: string): readonly string[];
}

/**
 * Kinds of reference lists for the keyword indices: `uni` for single words, and the n-gram lists as in the index names.
 */
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

/** Frequencies of words and n-grams in a reference corpus. */
export interface ReferenceFrequencies {
  /** Name of the corpus. */
  readonly source: string;
  /**
   * Returns the frequency per million of each item of a kind. An item is in lower case. The words of an n-gram are
   * separated by spaces, and `x` stands for a word outside the class. The list is loaded on first use.
   */
  perMillion(kind: FrequencyKind): ReadonlyMap<string, number>;
}

/** All word lists that the indices need. */
export interface TaacoLists {
  /**
   * Lists of the connective indices by index name. `lexical_subordinators`, `attended_demonstratives` and
   * `unattended_demonstratives` are absent, because they need no list.
   */
  readonly connectives: ReadonlyMap<string, ConnectiveList>;
  /** The 13 third-person lemmas of the givenness indices. */
  readonly givenness: ReadonlySet<string>;
  /** The words this, that, these and those. */
  readonly demonstratives: ReadonlySet<string>;
  /** Returns the adjectives of this package, which the language analysis shares with the test of adverbs. */
  ownAdjectives(): WordSet;
  /** Returns whether the lemma of an adverb is a content word. */
  isContentAdverb(lemma: string, mode: IndexMode): boolean;
  /** Returns the synonyms of a part of speech. */
  synonyms(pos: "noun" | "verb"): SynonymTable;
  /**
   * Reference frequencies. They are absent unless the user supplies them, because the package contains no reference
   * corpus.
   */
  readonly frequencies?: ReferenceFrequencies;
  /** Whether the adjective, synonym and frequency lists are this package's own or those of the official tool. */
  readonly source: "own" | "official";
}

/** Where the word lists are read from. */
export interface ListOptions {
  /** Folder of the lists of this package. Default: the folder that the package contains. */
  readonly directory?: string | undefined;
  /** Folder of the official tool's files, which replace the adjectives, synonyms and frequencies. */
  readonly officialDirectory?: string | undefined;
  /** File of reference frequencies, as `spaces frequencies` writes it. */
  readonly frequencyFile?: string | undefined;
}
