import type { Turn } from "../sample.ts";
import { hasWordCharacter } from "../taaco/text/token.ts";
import type { AnnotatedText, ArithmeticMode, IndexValues, VectorSpace } from "../taaco/types.ts";

/** The part of `Taaco` that scoring uses. */
export interface Analyser {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly VectorSpace[];
  /** Origin of the word lists: `own` or `official`. */
  readonly listSource: string;
  /** Analyses a text, one paragraph per line, or turns, one paragraph per turn. */
  analyse(input: string | { turns: readonly Turn[] }): AnnotatedText;
  /**
   * Analyses turns in parts. Calls `pause` at the start and after each part. The next call of `analyse` with the same
   * list is fast.
   */
  analyseAhead(input: string | { turns: readonly Turn[] }, pause: () => Promise<void>): Promise<void>;
  /** Measures the indices named in `only`, all without it; the result may hold others too. */
  indices(input: { paragraphs: AnnotatedText }, options?: { only?: readonly string[] }): IndexValues;
  /** Measures the `dppo_turn_*` indices of a turn against the dialogue before it. */
  turnExtras(turn: AnnotatedText, context: AnnotatedText): IndexValues;
}

/** Counts the words of an annotated text: its tokens with a letter or a digit. */
export function countTextWords(text: AnnotatedText): number {
  let words = 0;
  for (const paragraph of text) {
    for (const sentence of paragraph) {
      for (const [form] of sentence) if (hasWordCharacter(form)) words += 1;
    }
  }
  return words;
}
