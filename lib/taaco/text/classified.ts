import type { AnnotatedText, AnnotatedToken, ArithmeticMode } from "../types.ts";
import { type ClassLists, FLAG_BITS, isDropped, toToken } from "./token.ts";

const LETTERS = Object.entries(FLAG_BITS);

function classify(token: AnnotatedToken, lists: ClassLists, mode: ArithmeticMode): AnnotatedToken {
  const [form, lemma, tag] = token;
  if (isDropped(token, mode)) return [form, lemma, tag, ""];
  const { bits } = toToken(token, lists, mode);
  const flags = LETTERS.filter(([, bit]) => bits & bit).map(([letter]) => letter);
  return [form, lemma, tag, flags.join("")];
}

/**
 * Returns an annotated text whose flags state all word classes that the indices use in a mode. A token that they ignore
 * has no flags. The indices of the result are those of the text.
 */
export const classifyText = (text: AnnotatedText, lists: ClassLists, mode: ArithmeticMode): AnnotatedText =>
  text.map((paragraph) => paragraph.map((sentence) => sentence.map((token) => classify(token, lists, mode))));
