import type { CountingList, TaacoLists } from "../lists/word-lists.ts";
import { CONNECTIVE_NAMES } from "../names.ts";
import type { Span, TextModel } from "../text/text-model.ts";
import { Bit, type Token } from "../text/token.ts";
import type { ArithmeticMode, FamilyValues } from "../types.ts";
import { ratio } from "./ratio.ts";

/** A list entry under its first word. */
interface Entry {
  /** Which index of the compiled table. */
  readonly index: number;
  readonly words: readonly string[];
  /** Counts only on a token with the marker flag. */
  readonly marker: boolean;
  /** Number of the phrase, for the string method's own bookkeeping; -1 for single tokens. */
  readonly phrase: number;
}

/** All lists of a mode as one table, so that a token is looked up once for every index. */
export interface ConnectiveTable {
  readonly names: readonly string[];
  readonly byFirstWord: ReadonlyMap<string, readonly Entry[]>;
  readonly phrases: number;
  /** Faithful mode: texts in which a marker's form is looked for. */
  readonly markerTexts: readonly (string | undefined)[];
}

/** Compiles the lists of a mode. */
export function compileConnectives(lists: TaacoLists, mode: ArithmeticMode): ConnectiveTable {
  const names = [...lists.connectives.keys()];
  const byFirstWord = new Map<string, Entry[]>();
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

/** Where an index's list matched: tokens [from, to). */
export interface Match extends Span {
  readonly index: number;
}

function fits(tokens: readonly Token[], at: number, end: number, { words, marker }: Entry): boolean {
  if (at + words.length > end) return false;
  if (marker && !((tokens[at] as Token).bits & Bit.marker)) return false;
  return words.every((word, offset) => (tokens[at + offset] as Token).form === word);
}

/** Inside sentences, longest match first, each token at most once an index. */
function correctedMatches(text: TextModel, table: ConnectiveTable): Match[] {
  const matches: Match[] = [];
  const free = new Int32Array(table.names.length);
  for (const { from, to } of text.sentences) {
    for (let at = from; at < to; at++) {
      const token = text.tokens[at] as Token;
      for (const entry of table.byFirstWord.get(token.form) ?? []) {
        if ((free[entry.index] as number) > at || !fits(text.tokens, at, to, entry)) continue;
        free[entry.index] = at + entry.words.length;
        matches.push({ index: entry.index, from: at, to: at + entry.words.length });
      }
    }
  }
  return matches;
}

/**
 * As the official tool counts: phrases anywhere in the text whose spaces no earlier match of the same phrase has used,
 * tokens and markers one by one, all added up.
 */
function faithfulMatches(text: TextModel, table: ConnectiveTable): Match[] {
  const matches: Match[] = [];
  const free = new Int32Array(table.phrases);
  text.tokens.forEach((token, at) => {
    for (const entry of table.byFirstWord.get(token.form) ?? []) {
      const isPhrase = entry.phrase >= 0;
      if (isPhrase && (free[entry.phrase] as number) > at) continue;
      if (!fits(text.tokens, at, text.tokens.length, entry)) continue;
      const to = at + entry.words.length;
      // The space behind a match is used up: an equal neighbour cannot begin there.
      if (isPhrase) free[entry.phrase] = to + 1;
      matches.push({ index: entry.index, from: at, to });
    }
    if (!(token.bits & Bit.marker)) return;
    table.markerTexts.forEach((markerText, index) => {
      if (markerText?.includes(token.form)) matches.push({ index, from: at, to: at + 1 });
    });
  });
  return matches;
}

/** Every match of every list. */
export function connectiveMatches(text: TextModel, table: ConnectiveTable, mode: ArithmeticMode): Match[] {
  return mode === "corrected" ? correctedMatches(text, table) : faithfulMatches(text, table);
}

const FLAG_BITS = Bit.marker | Bit.attended | Bit.unattended;

/** Which tokens an index counts that needs no list. */
const FLAGGED: Readonly<Record<string, (bits: number) => boolean>> = {
  lexical_subordinators: (bits) => (bits & Bit.marker) !== 0,
  attended_demonstratives: (bits) => (bits & Bit.demonstrative) !== 0 && (bits & Bit.attended) !== 0,
  unattended_demonstratives: (bits) => (bits & Bit.unattended) !== 0,
};

/** What an index of the family counts in a text, in order. */
export function matchesOf(
  text: TextModel,
  table: ConnectiveTable,
  mode: ArithmeticMode,
  name: string,
): Span[] {
  const flagged = FLAGGED[name];
  if (!flagged) {
    return connectiveMatches(text, table, mode).filter(({ index }) => table.names[index] === name);
  }
  const found: Span[] = [];
  text.bits.forEach((bits, at) => {
    if (flagged(bits)) found.push({ from: at, to: at + 1 });
  });
  return found;
}

/** The 25 connective indices, counts over words; in the order of `CONNECTIVE_NAMES`. */
export function connectiveIndices(
  text: TextModel,
  table: ConnectiveTable,
  mode: ArithmeticMode,
): FamilyValues {
  const counts = new Map(CONNECTIVE_NAMES.map((name) => [name, 0]));
  const add = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  for (const { index } of connectiveMatches(text, table, mode)) add(table.names[index] as string);
  for (const bits of text.bits) {
    if (bits & FLAG_BITS) for (const name in FLAGGED) if (FLAGGED[name]?.(bits)) add(name);
  }
  return CONNECTIVE_NAMES.map((name) => ratio(counts.get(name) ?? 0, text.tokens.length, mode));
}
