import type { Turn } from "../sample.ts";
import type { AnnotatedText, ArithmeticMode, IndexValues, VectorSpace } from "../taaco/types.ts";

/** What scoring needs of `Taaco`. */
export interface Analyser {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly VectorSpace[];
  /** Where its word lists come from. */
  readonly listSource: string;
  /** A text (one paragraph a line), or turns (one paragraph a turn). */
  analyse(input: string | { turns: readonly Turn[] }): AnnotatedText;
  /** The indices named in `only`; others may be there too. */
  indices(input: { paragraphs: AnnotatedText }, options?: { only?: readonly string[] }): IndexValues;
  /** The `dppo_turn_*` values. */
  turnExtras(turn: AnnotatedText, context: AnnotatedText): IndexValues;
}

const HAS_WORD_CHARACTER = /[\p{L}\p{N}]/u;

/** Length of an annotated text in words: its tokens with a letter or digit. */
export function lengthOf(text: AnnotatedText): number {
  let words = 0;
  for (const paragraph of text) {
    for (const sentence of paragraph) {
      for (const [form] of sentence) if (HAS_WORD_CHARACTER.test(form)) words += 1;
    }
  }
  return words;
}
