const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

function bigrams(tokens: readonly string[]): string[] {
  return tokens.slice(1).map((token, index) => `${tokens[index]} ${token}`);
}

/**
 * Returns the share of a turn's word pairs that repeat an earlier pair of the same turn: 0 without repetition, null for
 * a turn of fewer than two words, which has no pair.
 */
export function repetition(text: string): number | null {
  const pairs = bigrams(words(text));
  return pairs.length === 0 ? null : 1 - new Set(pairs).size / pairs.length;
}
