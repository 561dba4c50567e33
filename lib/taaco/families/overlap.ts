import { reusedIntegers } from "../text/reused.ts";
import { lemmaIds, type Span, type TextModel } from "../text/text-model.ts";
import { WORD_CLASSES } from "../text/word-classes.ts";
import type { ArithmeticMode, FamilyValues } from "../types.ts";
import {
  type FoundEvidence,
  followingSegments,
  segmentPairs,
  segments,
  UNIT_NOUNS,
  type Unit,
} from "./evidence.ts";
import { type Family, type IndexEntry, ratio } from "./family.ts";

/** Word classes by their abbreviation in the index names, in output order. */
export const OVERLAP_CLASSES = {
  all: WORD_CLASSES.all,
  cw: WORD_CLASSES.content,
  fw: WORD_CLASSES.function,
  noun: WORD_CLASSES.noun,
  verb: WORD_CLASSES.verb,
  adj: WORD_CLASSES.adjective,
  adv: WORD_CLASSES.adverb,
  pronoun: WORD_CLASSES.pronoun,
  argument: WORD_CLASSES.argument,
} as const;

type OverlapClass = keyof typeof OVERLAP_CLASSES;

const CLASS_NAMES = Object.keys(OVERLAP_CLASSES) as readonly OverlapClass[];

interface OverlapParts {
  readonly words: OverlapClass;
  readonly unit: Unit;
  /** Number of following segments in which a lemma may occur again. */
  readonly span: 1 | 2;
  /** What the shared types are divided by, or `binary` for the share of segments that have any. */
  readonly measure: "per type" | "per pair" | "binary";
}

const MEASURES: readonly OverlapParts["measure"][] = ["per type", "per pair", "binary"];

function overlapName({ words, unit, span, measure }: OverlapParts): string {
  const prefix = `adjacent_overlap_${measure === "binary" ? "binary_" : ""}${span === 2 ? "2_" : ""}`;
  return `${prefix}${words}_${unit}${measure === "per pair" ? "_div_seg" : ""}`;
}

function overlapMeaning({ words, unit, span, measure }: OverlapParts): string {
  const { lemmas } = OVERLAP_CLASSES[words];
  const segment = UNIT_NOUNS[unit];
  const next = span === 1 ? `the next ${segment}` : `at least one of the next two ${segment}s`;
  switch (measure) {
    case "per type":
      return `Of the different ${lemmas} in each ${segment}, the share that occurs again in ${next}.`;
    case "per pair":
      return `How many different ${lemmas} a ${segment} has, on average, that occur again in ${next}.`;
    case "binary":
      return `Share of ${segment}s that have ${lemmas} which occur again in ${next}.`;
  }
}

const FORMULAS = {
  "per type": () => "Σ shared(i) / Σ types(i)",
  "per pair": (span: number) => `Σ shared(i) / (n − ${span})`,
  binary: (span: number) => `count(shared(i) > 0) / (n − ${span})`,
} as const;

function overlapEntry(parts: OverlapParts): IndexEntry<OverlapParts> {
  return {
    name: overlapName(parts),
    meaning: overlapMeaning(parts),
    formula: FORMULAS[parts.measure](parts.span),
    needs: {},
    parts,
  };
}

const SPANS = [1, 2] as const;

const unitEntries = (unit: Unit): IndexEntry<OverlapParts>[] =>
  CLASS_NAMES.flatMap((words) =>
    SPANS.flatMap((span) => MEASURES.map((measure) => overlapEntry({ words, unit, span, measure }))),
  );

/** Returns the distinct lemmas of a class in each segment. */
function segmentTypes(text: TextModel, spans: readonly Span[], bits: number): Set<number>[] {
  return spans.map((span) => new Set(lemmaIds(text, bits, span)));
}

/** Returns the types of a segment that occur in at least one of the next `span` segments. */
function sharedTypes(types: readonly ReadonlySet<number>[], index: number, span: number): number[] {
  const later = types.slice(index + 1, index + 1 + span);
  return [...(types[index] ?? [])].filter((type) => later.some((segment) => segment.has(type)));
}

/** Sums over all segments that have enough following segments. */
interface SpanSums {
  /** Number of types that occur again. */
  common: number;
  /** Number of types. */
  types: number;
  /** Number of segments that have a type that occurs again. */
  overlapping: number;
}

const NOT_SEEN = 0x7fffffff;
const nearestSegments = reusedIntegers();

/**
 * Returns the overlap of all segments with the next segment and with the next two. One pass from the last segment to
 * the first is enough, because the nearest later segment of a lemma decides both.
 */
function overlapSums(text: TextModel, spans: readonly Span[], bits: number): [one: SpanSums, two: SpanSums] {
  const sums: [SpanSums, SpanSums] = [
    { common: 0, types: 0, overlapping: 0 },
    { common: 0, types: 0, overlapping: 0 },
  ];
  const nearest = nearestSegments(text.vocabulary.length, NOT_SEEN);
  for (let segment = spans.length - 1; segment >= 0; segment--) {
    const counts = countSegment(text, spans[segment] as Span, bits, nearest, segment);
    sums.forEach((sum, offset) => {
      if (segment + offset + 1 >= spans.length) return;
      const common = offset === 0 ? counts.inNext : counts.inNextTwo;
      sum.types += counts.types;
      sum.common += common;
      sum.overlapping += common > 0 ? 1 : 0;
    });
  }
  return sums;
}

/**
 * Counts the types of a segment and those that occur again in the next one or two segments. Then records the segment as
 * the nearest one of its lemmas.
 */
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

/** Returns the 54 values of a unit, in the order of its entries. */
function overlapValues(text: TextModel, unit: Unit, mode: ArithmeticMode): FamilyValues {
  const values: (number | null)[] = [];
  const spans = segments(text, unit);
  for (const name of CLASS_NAMES) {
    overlapSums(text, spans, OVERLAP_CLASSES[name].bits).forEach(({ common, types, overlapping }, offset) => {
      const pairs = Math.max(0, spans.length - offset - 1);
      values.push(ratio(common, types, mode), ratio(common, pairs, mode), ratio(overlapping, pairs, mode));
    });
  }
  return values;
}

function explainOverlap(text: TextModel, { words: name, unit, span }: OverlapParts): FoundEvidence {
  const types = segmentTypes(text, segments(text, unit), OVERLAP_CLASSES[name].bits);
  const evidence = types.slice(0, Math.max(0, types.length - span)).map((_, at) => {
    const words = sharedTypes(types, at, span).map((id) => text.vocabulary[id] as string);
    return { segment: at + 1, with: followingSegments(at, span), words, value: words.length };
  });
  return { unit: segmentPairs(unit), evidence };
}

function overlapFamily(unit: Unit, title: string): Family<OverlapParts> {
  const segment = UNIT_NOUNS[unit];
  return {
    title,
    notation:
      `${unit === "para" ? "Each line of a plain text and each turn of a dialogue is a paragraph. " : ""}n is the number of ${segment}s. types(i) is how many different lemmas of the class ${segment} i has; shared(i) is how many of ` +
      `them occur in ${segment} i + 1 or, with \`_2_\`, in ${segment} i + 1 or i + 2. Sums run over the ${segment}s that are followed by at least one ${segment} or, with \`_2_\`, by at least two. A lemma occurs again only if it has the same class there. ` +
      `The measure is directed: the length of the later ${segment} does not matter.`,
    entries: unitEntries(unit),
    compute: (text, { mode }) => overlapValues(text, unit, mode),
    explain: explainOverlap,
  };
}

/** The 54 indices of lemmas that neighbouring sentences share. */
export const SENTENCE_OVERLAP = overlapFamily("sent", "Word overlap of sentences");

/** The 54 indices of lemmas that neighbouring paragraphs, in a dialogue turns, share. */
export const PARAGRAPH_OVERLAP = overlapFamily("para", "Word overlap of turns");
