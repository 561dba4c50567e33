import type { SynonymTable } from "../lists/word-lists.ts";
import { lemmaIds, type Span, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import { type FoundEvidence, segmentPairs, segments, UNIT_NOUNS, UNITS, type Unit } from "./evidence.ts";
import { type Family, type FamilyContext, type IndexEntry, ratio, valuesOf } from "./family.ts";

interface SynonymParts {
  readonly unit: Unit;
  readonly words: "noun" | "verb";
}

const ENTRIES: readonly IndexEntry<SynonymParts>[] = UNITS.flatMap((unit) =>
  (["noun", "verb"] as const).map((words) => ({
    name: `syn_overlap_${unit}_${words}`,
    meaning: `How many ${words === "noun" ? "nouns" : "main verbs"} of a ${UNIT_NOUNS[unit]} are, on average, a synonym or a repetition of one in the ${UNIT_NOUNS[unit]} before.`,
    formula: "Σ matches(i) / (n − 1)",
    needs: { list: `WordNet ${words} synonyms` },
    parts: { unit, words },
  })),
);

/**
 * Returns the matches of each pair of neighbouring segments. A match consists of a type of the first segment and a
 * token of the second segment that is the same lemma or a synonym.
 */
function synonymPairs(
  text: TextModel,
  spans: readonly Span[],
  bits: number,
  table: SynonymTable,
): (readonly [type: string, token: string])[][] {
  const pairs: (readonly [string, string])[][] = [];
  let types: ReadonlySet<string> | undefined;
  for (const span of spans) {
    const words: string[] = [];
    for (const id of lemmaIds(text, bits, span)) words.push(text.vocabulary[id] as string);
    if (types) pairs.push(matchingWords(types, words, table));
    types = new Set(words);
  }
  return pairs;
}

function matchingWords(
  types: ReadonlySet<string>,
  words: readonly string[],
  table: SynonymTable,
): (readonly [type: string, token: string])[] {
  const found: (readonly [string, string])[] = [];
  if (types.size === 0) return found;
  for (const word of words) {
    if (types.has(word)) found.push([word, word]);
    for (const synonym of table.get(word)) {
      if (synonym !== word && types.has(synonym)) found.push([synonym, word]);
    }
  }
  return found;
}

function matchesFor(
  text: TextModel,
  { unit, words }: SynonymParts,
  { lists }: FamilyContext,
): (readonly [type: string, token: string])[][] {
  const bits = words === "noun" ? Bit.noun : Bit.verb;
  return synonymPairs(text, segments(text, unit), bits, lists.synonyms(words));
}

function synonymValue(text: TextModel, parts: SynonymParts, context: FamilyContext): number | null {
  const matches = matchesFor(text, parts, context).reduce((sum, pairs) => sum + pairs.length, 0);
  return ratio(matches, Math.max(0, segments(text, parts.unit).length - 1), context.mode);
}

function explainSynonyms(text: TextModel, parts: SynonymParts, context: FamilyContext): FoundEvidence {
  const evidence = matchesFor(text, parts, context).map((matches, at) => ({
    segment: at + 1,
    with: [at + 2],
    words: matches.map(([left, right]) => (left === right ? left : `${left} = ${right}`)),
    value: matches.length,
  }));
  return { unit: segmentPairs(parts.unit), evidence };
}

/** The four indices of synonym overlap. */
export const SYNONYMS: Family<SynonymParts> = {
  title: "Synonym overlap",
  notation:
    "n is the number of segments. matches(i) counts pairs of a distinct lemma in segment i and a word in segment i + 1 that is the " +
    "same lemma or shares a WordNet synset with it. A word counts once for each lemma that it matches, so values can exceed 1.",
  entries: ENTRIES,
  compute: (text, context) => valuesOf(ENTRIES, (parts) => synonymValue(text, parts, context)),
  explain: explainSynonyms,
};
