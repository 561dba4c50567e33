/**
 * What the rules ask about words: how often a verb occurs (undefined for no verb), and whether a word is an adjective.
 */
export interface Bases {
  verbCount(word: string): number | undefined;
  isAdjective(word: string): boolean;
}

const VOWEL = /[aeiouy]/;
/** One syllable with a short vowel and one consonant. Its consonant is doubled before -ed, -ing, -er and -est. */
const DOUBLES = /^[^aeiou]*[aeiou][bdgklmnprtvz]$/;
/** Endings of stems that English verbs without a final -e do not have. */
const LOST_E = /(?:[uvcz]|at|dg|ur|[bcdfgkptz]l|[^s]s)$/;
const DOUBLED = /([bdgklmnprtvz])\1$/;

/** Returns the singular of a regular plural. */
export function singular(word: string): string {
  if (word.length > 3 && word.endsWith("men")) return `${word.slice(0, -2)}an`;
  if (word.length < 3 || !/[^s]s$/.test(word) || word.endsWith("us")) return word;
  if (word.endsWith("ies")) return word.length <= 4 ? word.slice(0, -1) : `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|x|ss|zz|[^aeiou]o)es$/.test(word)) return word.slice(0, -2);
  return word.slice(0, -1);
}

/** Returns the base of a verb form in -s, -ed or -ing. */
export function verbBase(word: string, bases: Bases): string {
  if (word.endsWith("ied") && word.length > 4) return `${word.slice(0, -3)}y`;
  const stem = word.replace(/(?:ing|ed)$/, "");
  // "string" and "sled" have no ending: what would be left is no syllable.
  if (stem !== word) return stem.length > 1 && VOWEL.test(stem) ? baseOfStem(stem, bases) : word;
  if (word.endsWith("in'")) return verbBase(`${word.slice(0, -1)}g`, bases);
  if (!/[^s]s$/.test(word)) return word;
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|x|ss|zz|o)es$/.test(word) && bases.verbCount(word.slice(0, -1)) === undefined)
    return word.slice(0, -2);
  return word.slice(0, -1);
}

/** Returns the verb from which -ed or -ing makes a stem: the stem itself, with -e, or without a doubled consonant. */
function baseOfStem(stem: string, bases: Bases): string {
  const [plain, withE] = [bases.verbCount(stem), bases.verbCount(`${stem}e`)];
  if (withE !== undefined && (plain === undefined || DOUBLES.test(stem) || withE > plain)) return `${stem}e`;
  if (plain !== undefined && !(DOUBLES.test(stem) && stem.length > 2)) return stem;
  if (DOUBLED.test(stem)) {
    const single = stem.slice(0, -1);
    if (bases.verbCount(single) !== undefined || !/(?:ll|zz)$/.test(stem)) return single;
  }
  if (plain !== undefined) return stem;
  return LOST_E.test(stem) || DOUBLES.test(stem) ? `${stem}e` : stem;
}

/** Returns the positive of a comparative or superlative. */
export function positive(word: string, bases: Bases): string {
  const stem = word.replace(/e(?:r|st)$/, "");
  if (stem === word || stem.length < 2) return word;
  if (stem.endsWith("i") && stem.length > 2) return `${stem.slice(0, -1)}y`;
  if (bases.isAdjective(`${stem}e`) && !(bases.isAdjective(stem) && !DOUBLES.test(stem))) return `${stem}e`;
  if (bases.isAdjective(stem)) return stem;
  if (DOUBLED.test(stem) && bases.isAdjective(stem.slice(0, -1))) return stem.slice(0, -1);
  return word;
}
