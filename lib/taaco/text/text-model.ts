import type { AnnotatedText, ArithmeticMode } from "../types.ts";
import { type ClassLists, isDropped, type Token, toToken } from "./token.ts";

/** Tokens [from, to) of a text. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A text ready for counting: its kept tokens with interned lemmas, and where sentences and paragraphs lie. */
export interface TextModel {
  readonly tokens: readonly Token[];
  /** Number of each token's lemma, equal lemmas alike. */
  readonly lemmas: Int32Array;
  /** Classes and flags of each token, as in {@link Token}. */
  readonly bits: Int32Array;
  /** Lemma by number. */
  readonly vocabulary: readonly string[];
  readonly sentences: readonly Span[];
  readonly paragraphs: readonly Span[];
  /** Sentences in each paragraph. */
  readonly sentenceCounts: readonly number[];
}

/** Keeps, lower-cases and classifies the tokens of an annotated text. */
export function buildTextModel(text: AnnotatedText, lists: ClassLists, mode: ArithmeticMode): TextModel {
  const tokens: Token[] = [];
  const sentences: Span[] = [];
  const paragraphs: Span[] = [];
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
  }
  const sentenceCounts = text.map((paragraph) => paragraph.length);
  const bits = Int32Array.from(tokens, (token) => token.bits);
  return { tokens, ...interned(tokens), bits, sentences, paragraphs, sentenceCounts };
}

function interned(tokens: readonly Token[]): Pick<TextModel, "lemmas" | "vocabulary"> {
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

/** Returns the lemma numbers of the tokens that have one of the bits, or of all tokens when `bits` is 0. */
export function lemmaIds(text: TextModel, bits: number, span?: Span): number[] {
  const { from, to } = span ?? { from: 0, to: text.tokens.length };
  const found: number[] = [];
  for (let index = from; index < to; index++) {
    if (bits === 0 || (text.bits[index] as number) & bits) found.push(text.lemmas[index] as number);
  }
  return found;
}

/** Returns how many of some lemma numbers are distinct. */
export function distinctCount(items: ArrayLike<number>, vocabulary: number): number {
  const seen = new Uint8Array(vocabulary);
  let count = 0;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as number;
    if (seen[item] === 0) count += 1;
    seen[item] = 1;
  }
  return count;
}
