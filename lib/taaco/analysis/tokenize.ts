import { TextCache } from "../../text-cache.ts";
import { SPLITS, WHOLE_WORDS } from "./contractions.ts";

/** A token of a text before its analysis. */
export interface RawToken {
  readonly form: string;
  /** Whether white space or the start of the text precedes the token. */
  readonly spaced: boolean;
}

/** Length of the longest word that is looked up as a whole. The limit keeps the time linear in the length of a word. */
const LONGEST_WORD = 24;
/**
 * Number of characters of the longest word, in UTF-16 units. A longer run of characters without white space, such as
 * encoded data, is one symbol.
 */
export const MAX_WORD_LENGTH = 256;

const LETTERS = /^[a-z]+$/i;
const ADDRESS =
  /^(?:https?:\/\/|www\.)\S|^[^@\s"(]+@[\w-]+(?:\.[\w-]+)+$|^[\w.-]+\.(?:com|org|net|edu|gov)(?:\/\S*)?$/i;
const EMOTICON = /^(?:[:;=8x][-'^o]?[)(\][dpo0/\\|*3]+|[)(]+[-']?[:;=]|<\/?3+|\^[_-]?\^|o[._]o)$/i;
/** Initials, as in "J." and "U.S." A single "I." is the pronoun at the end of a sentence. */
const INITIALS = /^(?:[A-HJ-Z]\.|(?:[a-z]\.){2,})$|^(?:[A-Z]\.)+[A-Z]\.?$/;
const MARKS_BEFORE = /\.{2,}|-{2,}|[^\p{L}\p{N}\s]/uy;
const NUMBER_WITH_UNIT =
  /^[-+]?(\d+(?:[.,:]\d+)*)([ap]\.?m\.?|[kcm]m|[km]?g|ft|lbs?|mph|[km]|hrs?|min|[mg]b|[mg]hz)$/i;
/** Marks inside a word at which it is split: dots and dashes, and hyphens, slashes and commas between letters. */
const INSIDE =
  /(\.{2,}|\u2026|[\u2013\u2014]|-{2,}|\p{Extended_Pictographic}|(?<=[\p{L}\d])[-~](?=\p{L})|(?<=\p{L})[-/:<>=](?=[\p{L}\d])|(?<=[\p{L}\d])[,;!?"()[\]](?=[\p{L}"'(])|(?<=\p{Ll}{2})\.(?=\p{Lu}))/gu;
const CLITIC = /(?:'(?:s|m|re|ve|ll|d)|n't)$/i;

/** Tokens of texts without white space. */
const chunkTokens = new TextCache(tokensOf, { texts: 50_000, length: 40 });

/** Matches a text that {@link plainCharacters} may change. */
const UNUSUAL = /[`\u0080-\uffff]/;

/**
 * Characters that nobody sees and that end no word: soft hyphens, non-joiners, marks of the writing direction, joiners
 * of words and of formulas, and byte-order marks. Only the joiner U+200D is needed, by emoji. The zero-width space
 * U+200B separates words by Unicode's rules, but in English it mostly says where a long word can be broken, and spaCy
 * ends no token there.
 */
const INVISIBLE = /[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/**
 * Writes words as the word lists do, whatever program or keyboard a text comes from: letters with accents are one
 * character each, the ligatures of PDF documents are letters, soft hyphens and other invisible characters within words
 * are left out, and quotation marks, apostrophes and hyphens are those of ASCII.
 */
function plainCharacters(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  return text
    .normalize("NFC")
    .replace(/[\ufb00-\ufb06]/g, (ligature) => ligature.normalize("NFKC"))
    .replace(INVISIBLE, "")
    .replace(/[\u2018\u2019\u201b\u02bc\uff07]/g, "'")
    .replace(/(?<=\p{L})[`\u00b4\u2032](?=\p{L})/gu, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2010\u2011]/g, "-");
}

/**
 * Splits a text into tokens as spaCy does: contractions, hyphenated words and punctuation marks are split. Unusual
 * characters become plain. The time grows linearly with the length of the text.
 */
export function tokenize(text: string): RawToken[] {
  const tokens: RawToken[] = [];
  const straight = plainCharacters(text);
  let start = 0;
  // A blank at the end closes the last chunk.
  for (let at = 0; at <= straight.length; at++) {
    if (at < straight.length && !isBlank(straight.charCodeAt(at))) continue;
    if (at > start) for (const token of chunkTokens.get(straight.slice(start, at))) tokens.push(token);
    start = at + 1;
  }
  return splitFinalInitial(tokens);
}

/** Returns whether a UTF-16 unit is white space. */
const isBlank = (code: number): boolean =>
  code < 128 ? code === 32 || (code >= 9 && code <= 13) : /\s/.test(String.fromCharCode(code));

/** Returns the tokens of a text without white space. */
function tokensOf(chunk: string): readonly RawToken[] {
  const tokens: RawToken[] = [];
  for (const form of splitChunk(chunk)) tokens.push({ form, spaced: tokens.length === 0 });
  return tokens;
}

/** Splits the full stop off a letter at the end of a text, as in "plan B." */
function splitFinalInitial(tokens: RawToken[]): RawToken[] {
  const last = tokens.at(-1);
  if (last === undefined || !/^[A-Z]\.$/.test(last.form)) return tokens;
  const form = last.form.slice(0, 1);
  return [...tokens.slice(0, -1), { form, spaced: last.spaced }, { form: ".", spaced: false }];
}

/** Splits a text without white space. */
function splitChunk(chunk: string): readonly string[] {
  if (chunk.length > MAX_WORD_LENGTH) {
    const [end = ""] = /[.?!]$/.exec(chunk) ?? [];
    return end === "" ? [chunk] : [chunk.slice(0, -1), end];
  }
  const forms: string[] = [];
  if (ADDRESS.test(chunk) && !/[.,!?)]$/.test(chunk)) forms.push(chunk);
  else stripMarks(forms, chunk);
  return forms;
}

/** Returns whether a short text is a token although it contains marks. */
const isWhole = (text: string): boolean =>
  WHOLE_WORDS.has(text) || WHOLE_WORDS.has(text.toLowerCase()) || INITIALS.test(text) || EMOTICON.test(text);

/** Splits marks off both ends of a text, and then splits the rest. */
function stripMarks(forms: string[], chunk: string): void {
  let from = 0;
  let to = chunk.length;
  const rest = (): string => (to - from <= LONGEST_WORD ? chunk.slice(from, to) : "");
  while (from < to && !isWhole(rest()) && !SPLITS.has(rest().toLowerCase())) {
    MARKS_BEFORE.lastIndex = from;
    const [mark] = MARKS_BEFORE.exec(chunk) ?? [""];
    if (mark === "" || (mark === "'" && isWhole(rest()))) break;
    if (/^[.-]$/.test(mark) && /\d/.test(chunk.charAt(from + 1))) break;
    forms.push(mark);
    from += mark.length;
  }
  const after: string[] = [];
  while (from < to && !isWhole(rest())) {
    const length = finalMark(chunk, from, to);
    if (length === 0) break;
    after.push(chunk.slice(to - length, to));
    to -= length;
  }
  if (from < to) splitWord(forms, chunk.slice(from, to));
  for (let index = after.length - 1; index >= 0; index--) forms.push(after[index] as string);
}

/**
 * Returns the length of the mark at the end of the text from `from` to `to`, or 0 if it ends with a letter or digit.
 */
function finalMark(chunk: string, from: number, to: number): number {
  const low = chunk.charCodeAt(to - 1);
  if (low >= 0xdc00 && low <= 0xdfff && to - from >= 2)
    return /^\p{L}/u.test(chunk.slice(to - 2, to)) ? 0 : 2;
  const last = chunk.charAt(to - 1);
  if (/[\p{L}\p{N}]/u.test(last)) return 0;
  // A hyphen after a letter marks a word that the speaker broke off.
  if (last === "-" && /\p{L}/u.test(chunk.charAt(to - 2))) return 0;
  if (last !== "." && last !== "-") return 1;
  let length = 1;
  // A run of dots or hyphens is one token.
  while (to - length > from && chunk.charAt(to - length - 1) === last) length += 1;
  return length;
}

/** Splits a word that neither begins nor ends with a mark. */
function splitWord(forms: string[], word: string): void {
  const unit = word.length <= LONGEST_WORD ? NUMBER_WITH_UNIT.exec(word) : null;
  if (unit) {
    forms.push(unit[1] as string, unit[2] as string);
    return;
  }
  if (LETTERS.test(word) || isWhole(word.length <= LONGEST_WORD ? word : "")) splitContraction(forms, word);
  else if (ADDRESS.test(word)) forms.push(word);
  else
    for (const piece of word.split(INSIDE)) {
      if (piece !== undefined && piece !== "") splitContraction(forms, piece);
    }
}

/** Splits a contraction such as "he'd've", "don't" or "cannot". */
function splitContraction(forms: string[], word: string): void {
  const lengths = word.length <= LONGEST_WORD ? SPLITS.get(word.toLowerCase()) : undefined;
  if (lengths) {
    let at = 0;
    for (const length of lengths) {
      forms.push(word.slice(at, at + length));
      at += length;
    }
    return;
  }
  const clitics: string[] = [];
  let end = word.length;
  // Two contractions can follow each other, and no word has more.
  for (let count = 0; count < 2; count++) {
    const start = Math.max(0, end - 3);
    const found = CLITIC.exec(word.slice(start, end));
    if (!found || start + found.index === 0) break;
    clitics.unshift(word.slice(start + found.index, end));
    end = start + found.index;
  }
  forms.push(word.slice(0, end), ...clitics);
}
