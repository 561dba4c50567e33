import type { ArithmeticMode } from "../types.ts";
import type { CountingList, TaacoLists } from "./word-lists.ts";

/** A list entry under its first word. */
export interface ConnectiveEntry {
  /** Which index of the compiled table. */
  readonly index: number;
  readonly words: readonly string[];
  /** Counts only on a token with the marker flag. */
  readonly marker: boolean;
  /** Number of the phrase, by which faithful mode notes where it may match again; -1 for single tokens. */
  readonly phrase: number;
}

/** All lists of a mode as one table, so that one look-up of a token serves every index. */
export interface ConnectiveTable {
  readonly names: readonly string[];
  readonly byFirstWord: ReadonlyMap<string, readonly ConnectiveEntry[]>;
  readonly phrases: number;
  /** Faithful mode: texts in which a marker's form is looked for. */
  readonly markerTexts: readonly (string | undefined)[];
}

/** Compiles the lists of a mode. */
export function compileConnectives(lists: TaacoLists, mode: ArithmeticMode): ConnectiveTable {
  const names = [...lists.connectives.keys()];
  const byFirstWord = new Map<string, ConnectiveEntry[]>();
  let phrases = 0;
  const add = (index: number, text: string, marker: boolean, isPhrase: boolean): void => {
    const words = text.split(" ");
    const entry = { index, words, marker, phrase: isPhrase ? phrases++ : -1 };
    const first = words[0] as string;
    byFirstWord.set(first, [...(byFirstWord.get(first) ?? []), entry]);
  };
  const markerTexts = names.map((name, index) => {
    const both = lists.connectives.get(name);
    const list: CountingList | undefined = mode === "corrected" ? both?.corrected : both?.faithful;
    for (const text of list?.strings ?? []) add(index, text, false, true);
    for (const word of list?.tokens ?? []) add(index, word, false, false);
    for (const word of list?.markers ?? []) add(index, word, true, false);
    return list?.markerText;
  });
  // Longest first, so that the corrected count can take the first that fits.
  for (const entries of byFirstWord.values()) entries.sort((a, b) => b.words.length - a.words.length);
  return { names, byFirstWord, phrases, markerTexts };
}
