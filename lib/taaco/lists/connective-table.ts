import type { ArithmeticMode } from "../types.ts";
import type { CountingList, TaacoLists } from "./word-lists.ts";

/** An entry of a connective list. */
export interface ConnectiveEntry {
  /** Position of its list in {@link ConnectiveTable.names}. */
  readonly index: number;
  readonly words: readonly string[];
  /** Whether the entry counts only on a token with the marker flag. */
  readonly marker: boolean;
  /**
   * Number of the phrase, or -1 for an entry of single tokens. Faithful mode keeps track of the matches of each phrase.
   */
  readonly phrase: number;
}

/** The connective lists of a mode as one table, in which one look-up finds the entries of all indices. */
export interface ConnectiveTable {
  /** Names of the indices. */
  readonly names: readonly string[];
  /** The entries that begin with a word, longest first. */
  readonly byFirstWord: ReadonlyMap<string, readonly ConnectiveEntry[]>;
  /** Number of phrases. */
  readonly phrases: number;
  /** The {@link CountingList.markerText} of each index. */
  readonly markerTexts: readonly (string | undefined)[];
}

/** Builds the table of a mode from its lists. */
export function compileConnectives(lists: TaacoLists, mode: ArithmeticMode): ConnectiveTable {
  const names = [...lists.connectives.keys()];
  const byFirstWord = new Map<string, ConnectiveEntry[]>();
  let phrases = 0;
  const add = (index: number, text: string, kind: "phrase" | "token" | "marker"): void => {
    const words = text.split(" ");
    const entry = { index, words, marker: kind === "marker", phrase: kind === "phrase" ? phrases++ : -1 };
    const first = words[0] as string;
    byFirstWord.set(first, [...(byFirstWord.get(first) ?? []), entry]);
  };
  const markerTexts = names.map((name, index) => {
    const both = lists.connectives.get(name);
    const list: CountingList | undefined = mode === "corrected" ? both?.corrected : both?.faithful;
    for (const text of list?.strings ?? []) add(index, text, "phrase");
    for (const word of list?.tokens ?? []) add(index, word, "token");
    for (const word of list?.markers ?? []) add(index, word, "marker");
    return list?.markerText;
  });
  // Corrected mode takes the first entry that matches, which must be the longest.
  for (const entries of byFirstWord.values()) entries.sort((a, b) => b.words.length - a.words.length);
  return { names, byFirstWord, phrases, markerTexts };
}
