import { hashText, mix } from "./features.ts";
import type { RawToken } from "./tokenize.ts";

/** Tokens after which a sentence can begin. */
const POSSIBLE_END = /[.?!\u2026:;)\]"'*]$|^[-\u2013\u2014]+$|^[:;=]/;

const isLowerCase = (code: number): boolean => code >= 0x61 && code <= 0x7a;

/** Returns whether a sentence can begin at a token. */
export function canBegin(tokens: readonly RawToken[], at: number): boolean {
  if (at === 0) return false;
  const { form } = tokens[at - 1] as RawToken;
  // Most words end with a small letter and begin with a letter. For these the pattern need not be tried.
  if (isLowerCase(form.charCodeAt(form.length - 1)) && isLowerCase(form.charCodeAt(0) | 0x20)) return false;
  return POSSIBLE_END.test(form);
}

const shape = (form: string): number => {
  const first = form.slice(0, 1);
  const letter = first.toLowerCase() !== first.toUpperCase();
  return (
    (letter ? (first === first.toLowerCase() ? 1 : 2) : /\d/.test(first) ? 3 : 4) +
    (form.length === 1 ? 8 : 0)
  );
};

/** Returns the features by which the beginning of a sentence at a token is decided. */
export function sentenceFeatures(tokens: readonly RawToken[], at: number): number[] {
  const form = (position: number): string =>
    position >= 0 && position < tokens.length ? (tokens[position] as RawToken).form.slice(0, 30) : "";
  const [before2, before, next, after] = [form(at - 2), form(at - 1), form(at), form(at + 1)];
  const beforeHash = hashText(before.toLowerCase());
  const nextHash = hashText(next.toLowerCase());
  const nextShape = shape(next) * 2 + ((tokens[at] as RawToken).spaced ? 1 : 0);
  const before2Hash = hashText(before2.toLowerCase());
  const context = mix(mix(500, beforeHash), nextShape);
  return [
    mix(501, 0),
    context,
    mix(mix(502, beforeHash), nextHash),
    mix(mix(503, beforeHash), before2Hash),
    mix(context, shape(before2)),
    mix(context, hashText(after.toLowerCase())),
    mix(context, nextHash),
    mix(context, before2Hash),
    mix(mix(context, shape(after)), shape(before2)),
    mix(mix(504, nextShape), shape(after)),
    mix(mix(505, before.length), nextShape),
    mix(mix(mix(506, before2Hash), beforeHash), nextHash),
  ];
}
