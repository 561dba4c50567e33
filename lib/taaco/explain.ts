import { matchesOf } from "./families/connectives.ts";
import { OVERLAP_BITS, overlapSegments, shared } from "./families/overlap.ts";
import { Comparison, semanticPairs, unitBags } from "./families/semantic.ts";
import { keywordItems } from "./families/source.ts";
import { synonymPairs } from "./families/synonyms.ts";
import type { Material } from "./families.ts";
import type { TaacoLists } from "./lists/word-lists.ts";
import { CONNECTIVE_NAMES, DIVERSITY_NAMES, GIVENNESS_NAMES, SEMANTIC_NAMES, type Unit } from "./names.ts";
import { lemmasOf, type Span, type TextModel } from "./text/text-model.ts";
import { Bit } from "./text/token.ts";

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
  readonly value: number | null;
  /** What the evidence is. */
  readonly unit: "items" | "sentence pairs" | "paragraph pairs" | "matches";
  readonly evidence: readonly Evidence[];
}

type Found = Pick<Explanation, "unit" | "evidence">;

/** Words with how often they occur, most frequent first. */
function tally(words: readonly string[]): Evidence[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([word, value]) => ({ words: [word], value }));
}

const spansOf = (text: TextModel, unit: Unit): readonly Span[] =>
  unit === "sent" ? text.sentences : text.paragraphs;
const pairsOf = (unit: Unit): Explanation["unit"] => (unit === "sent" ? "sentence pairs" : "paragraph pairs");

const DIVERSITY_BITS: Readonly<Record<string, number>> = {
  lemma: 0,
  content: Bit.content,
  lexical: Bit.content,
  function: Bit.function,
  noun: Bit.noun,
  verb: Bit.verb,
  adj: Bit.adjective,
  adv: Bit.adverb,
  prp: Bit.pronoun,
  argument: Bit.argument,
};

function explainDiversity(text: TextModel, index: string): Found {
  const size = index.startsWith("bigram") ? 2 : index.startsWith("trigram") ? 3 : 1;
  const lemmas = text.tokens.map(({ lemma }) => lemma);
  if (size > 1) {
    const items = lemmas
      .slice(0, Math.max(0, lemmas.length - size + 1))
      .map((_, at) => lemmas.slice(at, at + size).join(" "));
    return { unit: "items", evidence: tally(items) };
  }
  const bits = DIVERSITY_BITS[index.split("_")[0] ?? ""] ?? 0;
  return { unit: "items", evidence: tally(lemmasOf(text, bits).map((id) => text.vocabulary[id] as string)) };
}

function explainOverlap(text: TextModel, index: string): Found {
  const [, span = "", name = "all", unit = "sent"] =
    /^adjacent_overlap_(?:binary_)?(2_)?([a-z]+)_(sent|para)/.exec(index) ?? [];
  const width = span === "" ? 1 : 2;
  const segments = overlapSegments(
    text,
    spansOf(text, unit as Unit),
    OVERLAP_BITS[name as keyof typeof OVERLAP_BITS],
  );
  const evidence: Evidence[] = [];
  for (let at = 0; at + width < segments.length; at++) {
    const words = shared(segments, at, width).map((id) => text.vocabulary[id] as string);
    const others = width === 1 ? [at + 2] : [at + 2, at + 3];
    evidence.push({ segment: at + 1, with: others, words, value: words.length });
  }
  return { unit: pairsOf(unit as Unit), evidence };
}

function explainSynonyms(text: TextModel, index: string, lists: TaacoLists): Found {
  const [, unit = "sent", part = "noun"] = /^syn_overlap_(sent|para)_(noun|verb)$/.exec(index) ?? [];
  const bits = part === "noun" ? Bit.noun : Bit.verb;
  const pairs = synonymPairs(
    text,
    spansOf(text, unit as Unit),
    bits,
    lists.synonyms(part as "noun" | "verb"),
  );
  const evidence = pairs.map((matches, at) => ({
    segment: at + 1,
    with: [at + 2],
    words: matches.map(([left, right]) => (left === right ? left : `${left} = ${right}`)),
    value: matches.length,
  }));
  return { unit: pairsOf(unit as Unit), evidence };
}

function explainSemantic(text: TextModel, index: string, { spaces, mode }: Material): Found {
  const [, kind = "lsa", span = "1", unit = "sent"] =
    /^(lsa|lda|word2vec)_([12])_all_(sent|para)$/.exec(index) ?? [];
  const order = ["lsa", "lda", "word2vec"];
  const space = spaces.find((candidate) => candidate.kind === kind);
  if (!space) return { unit: pairsOf(unit as Unit), evidence: [] };
  const earlier = spaces.filter((other) => order.indexOf(other.kind) < order.indexOf(kind)).length;
  const bags = unitBags(text, space, mode, earlier)[unit as Unit];
  const width = Number(span) as 1 | 2;
  const segments = spansOf(text, unit as Unit);
  /** Words of some segments that the space knows, each once. */
  const known = (first: number, count: number): string[] => {
    const spans = segments.slice(first, first + count);
    const lemmas = spans.flatMap(({ from, to }) => text.tokens.slice(from, to).map(({ lemma }) => lemma));
    return [...new Set(lemmas)].filter((lemma) => space.row(lemma) >= 0);
  };
  const evidence = semanticPairs(bags, new Comparison(space.kind, mode, space.dimensions), width, mode).map(
    ({ segment, enlarged, value }) => ({
      segment: segment + 1,
      with: width === 1 ? [segment + 2] : [segment + 2, segment + 3],
      words: known(segment, enlarged ? 2 : 1),
      withWords: known(segment + 1, width),
      value,
    }),
  );
  return { unit: pairsOf(unit as Unit), evidence };
}

const sentenceAt = (text: TextModel, token: number): number =>
  text.sentences.findIndex(({ from, to }) => token >= from && token < to) + 1;

function explainConnectives(text: TextModel, index: string, { connectives, mode }: Material): Found {
  const spans = matchesOf(text, connectives, mode, index);
  const evidence = spans.map(({ from, to }) => ({
    segment: sentenceAt(text, from),
    words: text.tokens.slice(from, to).map(({ form }) => form),
    value: 1,
  }));
  return { unit: "matches", evidence };
}

function explainGivenness(text: TextModel, index: string, { lists, mode }: Material): Found {
  const pronouns = text.tokens.filter((token) =>
    mode === "experiment" ? token.bits & Bit.pronoun : lists.givenness.has(token.lemma),
  );
  const alone = text.tokens.filter(({ bits }) => bits & Bit.unattended).map(({ form }) => form);
  const repeated = (words: readonly string[]): Evidence[] =>
    tally(words).filter(({ value }) => (value ?? 0) > 1);
  if (index.startsWith("pronoun")) {
    return { unit: "items", evidence: [...tally(pronouns.map(({ lemma }) => lemma)), ...tally(alone)] };
  }
  const content = repeated(lemmasOf(text, Bit.content).map((id) => text.vocabulary[id] as string));
  if (index === "repeated_content_lemmas") return { unit: "items", evidence: content };
  return {
    unit: "items",
    evidence: [...content, ...repeated(pronouns.map(({ lemma }) => lemma)), ...repeated(alone)],
  };
}

function explainSource(text: TextModel, index: string, { source }: Material): Found {
  const keywords = source?.keywords.get(index);
  if (!keywords) return { unit: "items", evidence: [] };
  return { unit: "items", evidence: tally(keywordItems(text, index).filter((item) => keywords.has(item))) };
}

/** The words and segment pairs from which an index of a text was computed. */
export function evidenceFor(text: TextModel, index: string, context: Material): Found {
  if (DIVERSITY_NAMES.includes(index)) return explainDiversity(text, index);
  if (index.startsWith("adjacent_overlap")) return explainOverlap(text, index);
  if (index.startsWith("syn_overlap")) return explainSynonyms(text, index, context.lists);
  if (SEMANTIC_NAMES.includes(index)) return explainSemantic(text, index, context);
  if (CONNECTIVE_NAMES.includes(index)) return explainConnectives(text, index, context);
  if (GIVENNESS_NAMES.includes(index)) return explainGivenness(text, index, context);
  return explainSource(text, index, context);
}
