import type { TaacoLists } from "./lists/types.ts";
import { lemmasOf, type Span, type TextModel } from "./text-model.ts";
import { Bit } from "./token.ts";
import { type ArithmeticMode, type IndexValues, ratio } from "./values.ts";

/**
 * For each pair of neighbours: over the distinct lemmas of the first, how many tokens of the second have it among their
 * synonyms (or are it); divided by the number of pairs.
 */
function synonymOverlap(
  text: TextModel,
  spans: readonly Span[],
  bits: number,
  synonymsOf: (lemma: string) => readonly string[],
  mode: ArithmeticMode,
): number | null {
  const words = spans.map((span) => lemmasOf(text, bits, span).map((id) => text.vocabulary[id] as string));
  let sum = 0;
  for (let index = 0; index + 1 < words.length; index++) {
    const types = new Set(words[index]);
    for (const word of words[index + 1] ?? []) {
      if (types.has(word)) sum += 1;
      for (const synonym of synonymsOf(word)) if (synonym !== word && types.has(synonym)) sum += 1;
    }
  }
  return ratio(sum, Math.max(0, words.length - 1), mode);
}

/** The four synonym indices. */
export function synonymIndices(text: TextModel, lists: TaacoLists, mode: ArithmeticMode): IndexValues {
  const nouns = lists.synonyms("noun");
  const verbs = lists.synonyms("verb");
  const value = (spans: readonly Span[], bits: number, table: typeof nouns): number | null =>
    synonymOverlap(text, spans, bits, (lemma) => table.of(lemma), mode);
  return {
    syn_overlap_sent_noun: value(text.sentences, Bit.noun, nouns),
    syn_overlap_sent_verb: value(text.sentences, Bit.verb, verbs),
    syn_overlap_para_noun: value(text.paragraphs, Bit.noun, nouns),
    syn_overlap_para_verb: value(text.paragraphs, Bit.verb, verbs),
  };
}
