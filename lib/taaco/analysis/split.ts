// As in the Penn Treebank, contractions are split before tagging, so that each part is a separate token.
const RULES: readonly (readonly [RegExp, string])[] = [
  [/[\u2018\u2019\u02bc]/g, "'"],
  [/[\u201c\u201d]/g, '"'],
  // Without a space, the pronoun at the end of a sentence would be read as an abbreviation.
  [/\bI\.(?=\s|$)/g, "I ."],
  [/\b(can)(not)\b/gi, "$1 $2"],
  [/\b(gon|wan)(na)\b/gi, "$1 $2"],
  [/\b(got)(ta)\b/gi, "$1 $2"],
  [/\b(gim|lem)(me)\b/gi, "$1 $2"],
  [/([a-z])(n't)\b/gi, "$1 $2"],
  [/([a-z])('(?:s|m|re|ve|ll|d))\b/gi, "$1 $2"],
];

const NEEDS_SPLITTING = /['\u2018\u2019\u02bc\u201c\u201d]|not\b|\bI\.|nna\b|tta\b|mme\b/i;

/** Splits contractions and replaces curly quotation marks by straight ones. */
export function splitContractions(text: string): string {
  if (!NEEDS_SPLITTING.test(text)) return text;
  let result = text;
  // Words with two contractions ("he'd've") need the last two rules twice.
  for (const [pattern, replacement] of [...RULES, ...RULES.slice(-2)]) {
    result = result.replace(pattern, replacement);
  }
  return result;
}
