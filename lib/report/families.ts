/** Families of indices in the order in which TAACO has them; a name belongs to the first whose pattern it fits. */
const FAMILIES: readonly (readonly [title: string, pattern: RegExp])[] = [
  ["The new turn in its dialogue", /^dppo_turn_/],
  ["Length-robust measures", /^dppo_/],
  ["Lexical diversity and density", /_(ttr|mattr)$|^lexical_density/],
  ["Word overlap of sentences", /^adjacent_overlap.*_sent/],
  ["Word overlap of turns", /^adjacent_overlap.*_para/],
  ["Synonym overlap", /^syn_overlap/],
  ["Semantic similarity", /^(lsa|lda|word2vec)_/],
  ["Givenness", /^(pronoun_|repeated_content)/],
  ["Connectives", /./],
];

/** Names by family, families in their order, names in theirs. */
export function byFamily(names: readonly string[]): Map<string, string[]> {
  const result = new Map<string, string[]>(FAMILIES.map(([title]) => [title, []]));
  for (const name of names) {
    const family = FAMILIES.find(([, pattern]) => pattern.test(name));
    if (family) result.get(family[0])?.push(name);
  }
  return new Map([...result].filter(([, members]) => members.length > 0));
}
