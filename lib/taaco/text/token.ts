import type { AnnotatedToken, ArithmeticMode } from "../types.ts";

/** Word classes and flags as bits. {@link AnnotatedToken} has a letter for most of them. */
export const Bit = {
  content: 1,
  function: 2,
  noun: 4,
  verb: 8,
  adjective: 16,
  adverb: 32,
  pronoun: 64,
  argument: 128,
  auxiliary: 256,
  marker: 512,
  attended: 1024,
  /** A demonstrative (this, that, these, those) that stands alone. */
  unattended: 2048,
  demonstrative: 4096,
} as const;

/** The bit of each flag of an {@link AnnotatedToken}. */
export const FLAG_BITS: Readonly<Record<string, number>> = {
  C: Bit.content,
  F: Bit.function,
  N: Bit.noun,
  V: Bit.verb,
  J: Bit.adjective,
  R: Bit.adverb,
  P: Bit.pronoun,
  G: Bit.argument,
  A: Bit.auxiliary,
  M: Bit.marker,
  D: Bit.attended,
};

/** A token that the indices count. */
export interface Token {
  readonly form: string;
  readonly lemma: string;
  readonly tag: string;
  readonly bits: number;
}

/** The part of the word lists from which word classes are derived. */
export interface ClassLists {
  readonly demonstratives: ReadonlySet<string>;
  isContentAdverb(lemma: string, mode: "corrected" | "faithful"): boolean;
}

const DROPPED = new Set([".", ",", ":", "-LRB-", "-RRB-", "SYM", "_SP"]);
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

/** Returns whether a form has a letter or a digit. */
export function hasWordCharacter(form: string): boolean {
  // Most forms begin with a letter from a to z. For these the pattern need not be tried.
  const code = form.charCodeAt(0) | 0x20;
  return (code >= 0x61 && code <= 0x7a) || WORD_CHARACTER.test(form);
}

/**
 * Returns whether the indices ignore a token. Both modes ignore punctuation tags. Corrected mode also ignores every
 * token without a letter or digit.
 */
export function isDropped([form, , tag]: AnnotatedToken, mode: ArithmeticMode): boolean {
  return DROPPED.has(tag) || (mode === "corrected" && !hasWordCharacter(form));
}

function classBits(
  tag: string,
  bits: number,
  lemma: string,
  lists: ClassLists,
  mode: ArithmeticMode,
): number {
  if (tag.startsWith("NN")) return Bit.noun | Bit.argument | Bit.content;
  if (tag.startsWith("JJ")) return Bit.adjective | Bit.content;
  if (tag === "RB" || tag === "RBR" || tag === "RBS") {
    const content = lists.isContentAdverb(lemma, mode === "corrected" ? "corrected" : "faithful");
    return Bit.adverb | (content ? Bit.content : Bit.function);
  }
  if (tag.startsWith("VB") || tag === "MD") {
    return bits & Bit.auxiliary || tag === "MD" ? Bit.function : Bit.verb | Bit.content;
  }
  if (tag === "PRP" || tag === "PRP$") return Bit.pronoun | Bit.argument | Bit.function;
  return Bit.function;
}

/** Lower-cases a token and derives its word classes from its tag, unless its flags are complete. */
export function toToken(token: AnnotatedToken, lists: ClassLists, mode: ArithmeticMode): Token {
  const [rawForm, rawLemma, tag, flags] = token;
  const form = rawForm.toLowerCase();
  const lemma = rawLemma.toLowerCase();
  let bits = 0;
  for (const letter of flags) bits |= FLAG_BITS[letter] ?? 0;
  const complete = (bits & (Bit.content | Bit.function)) !== 0;
  if (!complete) bits |= classBits(tag, bits, lemma, lists, mode);
  if (!lists.demonstratives.has(form)) return { form, lemma, tag, bits };
  bits |= Bit.demonstrative;
  // In corrected mode, "that" as a complementiser or relative pronoun is not a demonstrative that stands alone.
  const isStandalone = complete
    ? (bits & Bit.pronoun) !== 0
    : !(bits & Bit.attended) && (mode !== "corrected" || tag === "DT");
  return { form, lemma, tag, bits: isStandalone ? bits | Bit.unattended | Bit.pronoun : bits };
}
