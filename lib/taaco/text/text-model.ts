import type { AnnotatedText, ArithmeticMode } from "../types.ts";
import { reusedIntegers } from "./reused.ts";
import { type ClassLists, isDropped, type Token, toToken } from "./token.ts";

/** The tokens of a text from index `from` up to, but not including, index `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * A text that is prepared for counting: its kept tokens, its lemmas as ids, and the spans of its sentences and
 * paragraphs.
 */
export interface TextModel {
  readonly tokens: readonly Token[];
  /** Lemma id of each token. Equal lemmas have equal ids. */
  readonly lemmas: Int32Array;
  /** Word classes and flags of each token, as in {@link Token}. */
  readonly bits: Int32Array;
  /** The lemma of each id. */
  readonly vocabulary: readonly string[];
  readonly sentences: readonly Span[];
  readonly paragraphs: readonly Span[];
  /** Number of sentences in each paragraph. */
  readonly sentenceCounts: readonly number[];
}

/** Builds the model of an annotated text: drops punctuation, and lower-cases and classifies the other tokens. */
export function buildTextModel(text: AnnotatedText, lists: ClassLists, mode: ArithmeticMode): TextModel {
  const tokens: Token[] = [];
  const sentences: Span[] = [];
  const paragraphs: Span[] = [];
  const sentenceCounts: number[] = [];
  for (const paragraph of text) {
    const start = tokens.length;
    for (const sentence of paragraph) {
      const from = tokens.length;
      for (const token of sentence) {
        if (!isDropped(token, mode)) tokens.push(toToken(token, lists, mode));
      }
      sentences.push({ from, to: tokens.length });
    }
    paragraphs.push({ from: start, to: tokens.length });
    sentenceCounts.push(paragraph.length);
  }
  const bits = new Int32Array(tokens.length);
  for (let index = 0; index < bits.length; index++) bits[index] = (tokens[index] as Token).bits;
  return { tokens, ...internLemmas(tokens), bits, sentences, paragraphs, sentenceCounts };
}

function internLemmas(tokens: readonly Token[]): Pick<TextModel, "lemmas" | "vocabulary"> {
  const ids = new Map<string, number>();
  const vocabulary: string[] = [];
  const lemmas = new Int32Array(tokens.length);
  for (let index = 0; index < tokens.length; index++) {
    const { lemma } = tokens[index] as Token;
    let id = ids.get(lemma);
    if (id === undefined) {
      id = vocabulary.length;
      ids.set(lemma, id);
      vocabulary.push(lemma);
    }
    lemmas[index] = id;
  }
  return { lemmas, vocabulary };
}

/** Returns the lemma ids of the tokens that have at least one of the bits, or of all tokens if `bits` is 0. */
export function lemmaIds(text: TextModel, bits: number, span?: Span): number[] {
  const { from, to } = span ?? { from: 0, to: text.tokens.length };
  const found: number[] = [];
  for (let index = from; index < to; index++) {
    if (bits === 0 || (text.bits[index] as number) & bits) found.push(text.lemmas[index] as number);
  }
  return found;
}

const seenItems = reusedIntegers();

/** Returns the number of distinct lemma ids. All ids must be below `vocabularySize`. */
export function distinctCount(items: ArrayLike<number>, vocabularySize: number): number {
  const seen = seenItems(vocabularySize, 0);
  let count = 0;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as number;
    if (seen[item] === 0) count += 1;
    seen[item] = 1;
  }
  return count;
}
