/**
 * Number of characters of the longest word, in UTF-16 units. A longer run of characters without white space, such as
 * encoded data, is one symbol. The rules do not look into it, because their time grows faster than the length of a word.
 */
export const MAX_WORD_LENGTH = 256;

const STAND_IN = "zqlongwordqz";
const SENTENCE_END = /[.?!]$/;

/** A text in which the same short word stands for each long word. */
export interface ShortenedText {
  readonly text: string;
  /** The words that were replaced, in the order of the text. */
  readonly words: readonly string[];
}

/**
 * Replaces the words of a text that are longer than {@link MAX_WORD_LENGTH}. A full stop, question mark or exclamation mark
 * at the end of a long word stays in the text, because it ends the sentence.
 */
export function hideLongWords(text: string): ShortenedText {
  if (text.length <= MAX_WORD_LENGTH && !text.includes(STAND_IN)) return { text, words: [] };
  const words: string[] = [];
  const shortened = text.replace(/\S+/g, (word) => {
    // A word that contains the stand-in is replaced too. The stand-in therefore never comes from the text itself.
    if (word.length <= MAX_WORD_LENGTH && !word.includes(STAND_IN)) return word;
    const end = SENTENCE_END.exec(word)?.[0] ?? "";
    words.push(word.slice(0, word.length - end.length));
    return STAND_IN + end;
  });
  return { text: shortened, words };
}

/** Returns whether a token stands for a long word in the result of {@link hideLongWords}. */
export const isStandIn = (form: string): boolean => form === STAND_IN;
