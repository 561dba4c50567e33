// Contractions are split before tagging, as in the Penn Treebank, so that each part is a token of its own.
const RULES: readonly (readonly [RegExp, string])[] = [
  [/[\u2018\u2019\u02bc]/g, "'"],
  [/[\u201c\u201d]/g, '"'],
  // A sentence that ends in the pronoun would be taken for an abbreviation.
  [/\bI\.(?=\s|$)/g, "I ."],
  [/\b(can)(not)\b/gi, "$1 $2"],
  [/\b(gon|wan)(na)\b/gi, "$1 $2"],
  [/\b(got)(ta)\b/gi, "$1 $2"],
  [/\b(gim|lem)(me)\b/gi, "$1 $2"],
  [/([a-z])(n't)\b/gi, "$1 $2"],
  [/([a-z])('(?:s|m|re|ve|ll|d))\b/gi, "$1 $2"],
];

const NEEDED = /['\u2018\u2019\u02bc\u201c\u201d]|not\b|\bI\.|nna\b|tta\b|mme\b/i;

/** Splits contractions and straightens quotation marks. */
export function splitContractions(text: string): string {
  if (!NEEDED.test(text)) return text;
  let result = text;
  // Twice-contracted words ("he'd've") need the last two rules again.
  for (const [pattern, replacement] of [...RULES, ...RULES.slice(-2)]) {
    result = result.replace(pattern, replacement);
  }
  return result;
}
