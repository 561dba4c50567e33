import type { Span, TextModel } from "../text/text-model.ts";

/** Kind of segments that an index compares: sentences or paragraphs. */
export type Unit = "sent" | "para";

/** Both kinds of segments, in output order. */
export const UNITS: readonly Unit[] = ["sent", "para"];

/** Noun for each kind of segment in the descriptions of indices. */
export const UNIT_NOUNS = { sent: "sentence", para: "paragraph" } as const;

/** One item that an index counted, or one pair of segments that it compared. */
export interface Evidence {
  /** Number of the sentence or paragraph, from 1. Absent if the item belongs to the whole text. */
  readonly segment?: number;
  /** Numbers of the segments with which the segment was compared. */
  readonly with?: readonly number[];
  /** Words or n-grams that count. For a comparison by meaning, the words of the first segment. */
  readonly words: readonly string[];
  /** For a comparison by meaning, the words of the segments with which the segment was compared. */
  readonly withWords?: readonly string[];
  /** Number of occurrences of the words, or similarity of the pair. Null for a pair without a similarity. */
  readonly value: number | null;
}

/** The value of an index with the evidence from which it was computed. */
export interface Explanation {
  /** Name of the index. */
  readonly index: string;
  /** Meaning of the index in one line. */
  readonly meaning: string;
  readonly value: number | null;
  /** Kind of the evidence. */
  readonly unit: "items" | "sentence pairs" | "paragraph pairs" | "matches" | "texts";
  readonly evidence: readonly Evidence[];
}

/** The evidence of an index and its kind. */
export type FoundEvidence = Pick<Explanation, "unit" | "evidence">;

/** Returns each distinct word with its number of occurrences, most frequent first. */
export function countItems(words: readonly string[]): Evidence[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([word, value]) => ({ words: [word], value }));
}

/** Returns the segments of a text. */
export const segments = (text: TextModel, unit: Unit): readonly Span[] =>
  unit === "sent" ? text.sentences : text.paragraphs;

/** Returns the kind of the evidence that compares segments. */
export const segmentPairs = (unit: Unit): Explanation["unit"] =>
  unit === "sent" ? "sentence pairs" : "paragraph pairs";

/** Returns the numbers, from 1, of the next one or two segments after the segment at index `at`. */
export const followingSegments = (at: number, span: 1 | 2): number[] =>
  span === 1 ? [at + 2] : [at + 2, at + 3];
