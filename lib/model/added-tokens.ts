import { escapeRegex } from "./escape-regex.ts";

/** A token that is found in a text before the text is split further. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

/** A part of a text: an added token, or text from a position of the whole on. */
export type Part = { readonly id: number } | { readonly text: string; readonly start: number };

const WORD_BEFORE = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const WORD_AFTER = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /^\p{White_Space}$/u;
const SPACE_AFTER = /^\p{White_Space}*/u;

/** Finds added tokens in a text as the `tokenizers` library does: from left to right, the longest one at each place. */
export class AddedTokenSplitter {
  readonly #byContent: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp | undefined;

  /** @param tokens the tokens by the text that stands for them, which a normalizer may have changed */
  constructor(tokens: ReadonlyMap<string, AddedToken>) {
    this.#byContent = tokens;
    const contents = [...tokens.keys()].filter((content) => content !== "");
    const escaped = contents.sort((a, b) => b.length - a.length).map(escapeRegex);
    this.#pattern = escaped.length > 0 ? new RegExp(escaped.join("|"), "g") : undefined;
  }

  /**
   * Splits a text into added tokens and the text between them. Special tokens stay text unless `allowSpecial` is set.
   */
  split(text: string, allowSpecial: boolean): Part[] {
    const parts: Part[] = [];
    let end = 0;
    for (const match of this.#pattern === undefined ? [] : text.matchAll(this.#pattern)) {
      const token = this.#byContent.get(match[0]) as AddedToken;
      if (token.special && !allowSpecial) continue;
      let start = match.index;
      let stop = start + match[0].length;
      const before = text.slice(Math.max(0, start - 2), start);
      const isWordPart = WORD_BEFORE.test(before) || WORD_AFTER.test(text.slice(stop, stop + 2));
      if (token.single_word && isWordPart) continue;
      while (token.lstrip && start > end && SPACE.test(text[start - 1] as string)) start -= 1;
      // The blanks before can have been taken by the token before, and a token of blanks can have gone with them.
      if (token.lstrip) start = Math.max(start, end);
      if (start >= stop) continue;
      if (token.rstrip) stop += SPACE_AFTER.exec(text.slice(stop))?.[0].length ?? 0;
      if (start > end) parts.push({ text: text.slice(end, start), start: end });
      parts.push({ id: token.id });
      end = stop;
    }
    if (end < text.length) parts.push({ text: text.slice(end), start: end });
    return parts;
  }
}
