import { hashText, mix } from "./features.ts";
import type { RawToken } from "./tokenize.ts";

/** Tokens after which a sentence can begin. */
const POSSIBLE_END = /[.?!\u2026:;)\]"'*]$|^[-\u2013\u2014]+$|^[:;=]/;

/** Returns whether a sentence can begin at a token. */
export function canBegin(tokens: readonly RawToken[], at: number): boolean {
  return at > 0 && POSSIBLE_END.test((tokens[at - 1] as RawToken).form);
}

const shape = (form: string): number => {
  const first = form.charAt(0);
  const letter = first.toLowerCase() !== first.toUpperCase();
  return (
    (letter ? (first === first.toLowerCase() ? 1 : 2) : /\d/.test(first) ? 3 : 4) +
    (form.length === 1 ? 8 : 0)
  );
};

/** Returns the features by which the beginning of a sentence at a token is decided. */
export function sentenceFeatures(tokens: readonly RawToken[], at: number): number[] {
  const form = (position: number): string => tokens[position]?.form.slice(0, 30) ?? "";
  const [before, next] = [form(at - 1), form(at)];
  const beforeHash = hashText(before.toLowerCase());
  const nextHash = hashText(next.toLowerCase());
  const nextShape = shape(next) * 2 + ((tokens[at] as RawToken).spaced ? 1 : 0);
  const before2 = form(at - 2);
  const before2Hash = hashText(before2.toLowerCase());
  const context = mix(mix(500, beforeHash), nextShape);
  return [
    mix(501, 0),
    context,
    mix(mix(502, beforeHash), nextHash),
    mix(mix(503, beforeHash), before2Hash),
    mix(context, shape(before2)),
    mix(context, hashText(form(at + 1).toLowerCase())),
    mix(context, nextHash),
    mix(context, before2Hash),
    mix(mix(context, shape(form(at + 1))), shape(before2)),
    mix(mix(504, nextShape), shape(form(at + 1))),
    mix(mix(505, before.length), nextShape),
    mix(mix(mix(506, before2Hash), beforeHash), nextHash),
  ];
}
