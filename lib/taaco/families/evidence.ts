import type { Span, TextModel } from "../text/text-model.ts";

/** Segments that neighbouring indices compare. */
export type Unit = "sent" | "para";

export const UNITS: readonly Unit[] = ["sent", "para"];

/** What a unit is called in the descriptions of indices. */
export const UNIT_NOUNS = { sent: "sentence", para: "paragraph" } as const;

/** One thing that an index counted or compared. */
export interface Evidence {
  /** Sentence or paragraph, from 1; absent where the whole text is meant. */
  readonly segment?: number;
  /** Segments that it was compared with. */
  readonly with?: readonly number[];
  /** Words or n-grams that count; of two segments that are compared by meaning, those of the first. */
  readonly words: readonly string[];
  /** Words of the segments that it was compared with, where they are compared by meaning. */
  readonly withWords?: readonly string[];
  /** Occurrences of the words, or the pair's similarity; null for a pair without one. */
  readonly value: number | null;
}

/** How an index came about. */
export interface Explanation {
  readonly index: string;
  /** What the index says about a text, in one line. */
  readonly meaning: string;
  readonly value: number | null;
  /** What the evidence is. */
  readonly unit: "items" | "sentence pairs" | "paragraph pairs" | "matches";
  readonly evidence: readonly Evidence[];
}

export type Found = Pick<Explanation, "unit" | "evidence">;

/** Returns words with how often they occur, most frequent first. */
export function countItems(words: readonly string[]): Evidence[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([word, value]) => ({ words: [word], value }));
}

export const segments = (text: TextModel, unit: Unit): readonly Span[] =>
  unit === "sent" ? text.sentences : text.paragraphs;

export const segmentPairs = (unit: Unit): Explanation["unit"] =>
  unit === "sent" ? "sentence pairs" : "paragraph pairs";

/** Numbers, from 1, of the segments that follow position `at`. */
export const followers = (at: number, span: 1 | 2): number[] => (span === 1 ? [at + 2] : [at + 2, at + 3]);
