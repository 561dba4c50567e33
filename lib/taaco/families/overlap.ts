import { OVERLAP_CLASSES, OVERLAP_UNITS, type OverlapClass } from "../names.ts";
import { lemmasOf, type Span, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import type { ArithmeticMode, FamilyValues } from "../types.ts";
import { ratio } from "./ratio.ts";

/** Bits of each overlap class; 0 for all tokens. */
export const OVERLAP_BITS: Readonly<Record<OverlapClass, number>> = {
  all: 0,
  cw: Bit.content,
  fw: Bit.function,
  noun: Bit.noun,
  verb: Bit.verb,
  adj: Bit.adjective,
  adv: Bit.adverb,
  pronoun: Bit.pronoun,
  argument: Bit.argument,
};

/** Distinct lemmas of a class in each segment. */
export function overlapSegments(text: TextModel, spans: readonly Span[], bits: number): Set<number>[] {
  return spans.map((span) => new Set(lemmasOf(text, bits, span)));
}

/** Types of segment `index` that occur in one of the next `span` segments. */
export function shared(segments: readonly ReadonlySet<number>[], index: number, span: number): number[] {
  const later = segments.slice(index + 1, index + 1 + span);
  return [...(segments[index] ?? [])].filter((type) => later.some((segment) => segment.has(type)));
}

/** Sums over the segments that have `span` followers. */
interface SpanSums {
  common: number;
  types: number;
  overlapping: number;
}

const NEVER = 0x7fffffff;

/**
 * Overlap of every segment with its next one and its next two, in one pass from the last segment to the first: a lemma's
 * nearest later segment tells both.
 */
function overlapSums(text: TextModel, spans: readonly Span[], bits: number): [one: SpanSums, two: SpanSums] {
  const sums: [SpanSums, SpanSums] = [
    { common: 0, types: 0, overlapping: 0 },
    { common: 0, types: 0, overlapping: 0 },
  ];
  const nearest = new Int32Array(text.vocabulary.length).fill(NEVER);
  for (let segment = spans.length - 1; segment >= 0; segment--) {
    const counts = countSegment(text, spans[segment] as Span, bits, nearest, segment);
    sums.forEach((sum, before) => {
      if (segment + before + 1 >= spans.length) return;
      const common = before === 0 ? counts.inNext : counts.inNextTwo;
      sum.types += counts.types;
      sum.common += common;
      sum.overlapping += common > 0 ? 1 : 0;
    });
  }
  return sums;
}

/** Counts a segment's types and those that return in the next one or two segments; then notes them as seen here. */
function countSegment(
  { lemmas, bits: tokenBits }: TextModel,
  { from, to }: Span,
  bits: number,
  nearest: Int32Array,
  segment: number,
): { types: number; inNext: number; inNextTwo: number } {
  let types = 0;
  let inNext = 0;
  let inNextTwo = 0;
  for (let index = from; index < to; index++) {
    if (bits !== 0 && !((tokenBits[index] as number) & bits)) continue;
    const lemma = lemmas[index] as number;
    const later = nearest[lemma] as number;
    if (later === segment) continue;
    types += 1;
    if (later === segment + 1) inNext += 1;
    if (later <= segment + 2) inNextTwo += 1;
    nearest[lemma] = segment;
  }
  return { types, inNext, inNextTwo };
}

/** The 108 indices of overlap between neighbouring segments, directed and over types; in the order of `OVERLAP_NAMES`. */
export function overlapIndices(text: TextModel, mode: ArithmeticMode): FamilyValues {
  const values: (number | null)[] = [];
  for (const unit of OVERLAP_UNITS) {
    const spans = unit === "sent" ? text.sentences : text.paragraphs;
    for (const name of OVERLAP_CLASSES) {
      overlapSums(text, spans, OVERLAP_BITS[name]).forEach(({ common, types, overlapping }, before) => {
        const pairs = Math.max(0, spans.length - before - 1);
        values.push(ratio(common, types, mode), ratio(common, pairs, mode), ratio(overlapping, pairs, mode));
      });
    }
  }
  return values;
}
