import { OVERLAP_CLASSES, OVERLAP_UNITS, type OverlapClass, overlapNames } from "./names.ts";
import { lemmasOf, type Span, type TextModel } from "./text-model.ts";
import { Bit } from "./token.ts";
import { type ArithmeticMode, type IndexValues, ratio } from "./values.ts";

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

/** Per type, per segment pair, and share of pairs, for the next `span` segments. */
function spanValues(
  segments: readonly ReadonlySet<number>[],
  span: number,
  mode: ArithmeticMode,
): (number | null)[] {
  const pairs = Math.max(0, segments.length - span);
  let common = 0;
  let types = 0;
  let overlapping = 0;
  for (let index = 0; index < pairs; index++) {
    const count = shared(segments, index, span).length;
    common += count;
    types += segments[index]?.size ?? 0;
    overlapping += count > 0 ? 1 : 0;
  }
  return [ratio(common, types, mode), ratio(common, pairs, mode), ratio(overlapping, pairs, mode)];
}

/** The 108 indices of overlap between neighbouring segments: directed, over types. */
export function overlapIndices(text: TextModel, mode: ArithmeticMode): IndexValues {
  const values: IndexValues = {};
  for (const unit of OVERLAP_UNITS) {
    const spans = unit === "sent" ? text.sentences : text.paragraphs;
    for (const name of OVERLAP_CLASSES) {
      const segments = overlapSegments(text, spans, OVERLAP_BITS[name]);
      const six = [...spanValues(segments, 1, mode), ...spanValues(segments, 2, mode)];
      overlapNames(name, unit).forEach((index, at) => {
        values[index] = six[at] ?? null;
      });
    }
  }
  return values;
}
