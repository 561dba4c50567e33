import type { SynonymTable, TaacoLists } from "../lists/word-lists.ts";
import { lemmasOf, type Span, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import type { ArithmeticMode, FamilyValues } from "../types.ts";
import { ratio } from "./ratio.ts";

/** For each pair of neighbours: a type of the first with a token of the second that has it as synonym, or is it. */
export function synonymPairs(
  text: TextModel,
  spans: readonly Span[],
  bits: number,
  table: SynonymTable,
): (readonly [type: string, token: string])[][] {
  const words = spans.map((span) => lemmasOf(text, bits, span).map((id) => text.vocabulary[id] as string));
  return words.slice(1).map((next, index) => {
    const types = new Set(words[index]);
    const found: (readonly [string, string])[] = [];
    for (const word of next) {
      if (types.has(word)) found.push([word, word]);
      for (const synonym of table.of(word)) {
        if (synonym !== word && types.has(synonym)) found.push([synonym, word]);
      }
    }
    return found;
  });
}

/** The four synonym indices, in the order of `SYNONYM_NAMES`. */
export function synonymIndices(text: TextModel, lists: TaacoLists, mode: ArithmeticMode): FamilyValues {
  const nouns = lists.synonyms("noun");
  const verbs = lists.synonyms("verb");
  const value = (spans: readonly Span[], bits: number, table: SynonymTable): number | null =>
    ratio(
      synonymPairs(text, spans, bits, table).reduce((sum, pairs) => sum + pairs.length, 0),
      Math.max(0, spans.length - 1),
      mode,
    );
  return [
    value(text.sentences, Bit.noun, nouns),
    value(text.sentences, Bit.verb, verbs),
    value(text.paragraphs, Bit.noun, nouns),
    value(text.paragraphs, Bit.verb, verbs),
  ];
}
