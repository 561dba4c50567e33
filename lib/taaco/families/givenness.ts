import { lemmaIds, type TextModel } from "../text/text-model.ts";
import { Bit } from "../text/token.ts";
import type { FamilyValues } from "../types.ts";
import { countItems, type Evidence, type FoundEvidence } from "./evidence.ts";
import { type Family, type FamilyContext, type IndexEntry, ratio, valuesOf } from "./family.ts";

/** How an index is computed. */
interface GivennessParts {
  /** Words that the index counts. */
  readonly counts: "pronouns" | "repeated content" | "repeated content and pronouns";
  /** Words by whose number the count is divided. */
  readonly of: "words" | "nouns";
}

const THIRD_PERSON = "third-person.txt";

const ENTRIES: readonly IndexEntry<GivennessParts>[] = [
  {
    name: "pronoun_density",
    meaning: "Third-person pronouns and demonstratives that stand alone, per word.",
    formula: "(G + D) / words",
    needs: { list: THIRD_PERSON },
    parts: { counts: "pronouns", of: "words" },
  },
  {
    name: "pronoun_noun_ratio",
    meaning: "Third-person pronouns and demonstratives that stand alone, per noun.",
    formula: "(G + D) / nouns",
    needs: { list: THIRD_PERSON },
    parts: { counts: "pronouns", of: "nouns" },
  },
  {
    name: "repeated_content_lemmas",
    meaning: "Share of the words that are content words whose lemma occurs at least twice as a content word.",
    formula: "R(content lemmas) / words",
    needs: {},
    parts: { counts: "repeated content", of: "words" },
  },
  {
    name: "repeated_content_and_pronoun_lemmas",
    meaning:
      "Share of the words that are content words, third-person pronouns or demonstratives that stand alone and occur at least twice.",
    formula: "(R(content lemmas) + R(lemmas of G) + R(forms of D)) / words",
    needs: { list: THIRD_PERSON },
    parts: { counts: "repeated content and pronouns", of: "words" },
  },
];

/** Returns the number of items that occur at least twice. All occurrences count. */
function countRepeated<T>(items: readonly T[]): number {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  let repeated = 0;
  for (const count of counts.values()) if (count > 1) repeated += count;
  return repeated;
}

/**
 * Returns the lemmas of the third-person pronouns and the forms of the demonstratives that stand alone. The original
 * experiment counted all pronouns.
 */
function findPronouns(
  text: TextModel,
  { lists, mode }: FamilyContext,
): { lemmas: string[]; standalone: string[] } {
  const lemmas: string[] = [];
  const standalone: string[] = [];
  for (const { form, lemma, bits } of text.tokens) {
    if (mode === "experiment" ? bits & Bit.pronoun : lists.givenness.has(lemma)) lemmas.push(lemma);
    if (bits & Bit.unattended) standalone.push(form);
  }
  return { lemmas, standalone };
}

/** Returns the four values in the order of the entries. */
function givennessValues(text: TextModel, context: FamilyContext): FamilyValues {
  const { lemmas, standalone } = findPronouns(text, context);
  const pronouns = lemmas.length + standalone.length;
  const content = countRepeated(lemmaIds(text, Bit.content));
  const counted = {
    pronouns,
    "repeated content": content,
    "repeated content and pronouns": content + countRepeated(lemmas) + countRepeated(standalone),
  };
  const wholes = { words: text.tokens.length, nouns: lemmaIds(text, Bit.noun).length };
  return valuesOf(ENTRIES, (parts) => ratio(counted[parts.counts], wholes[parts.of], context.mode));
}

function explainGivenness(
  text: TextModel,
  { counts }: GivennessParts,
  context: FamilyContext,
): FoundEvidence {
  const { lemmas, standalone } = findPronouns(text, context);
  if (counts === "pronouns")
    return { unit: "items", evidence: [...countItems(lemmas), ...countItems(standalone)] };
  const repeated = (words: readonly string[]): Evidence[] =>
    countItems(words).filter(({ value }) => (value ?? 0) > 1);
  const content = repeated(lemmaIds(text, Bit.content).map((id) => text.vocabulary[id] as string));
  const pronouns = counts === "repeated content" ? [] : [...repeated(lemmas), ...repeated(standalone)];
  return { unit: "items", evidence: [...content, ...pronouns] };
}

/** The four indices of givenness, which count pronouns and repeated words. */
export const GIVENNESS: Family<GivennessParts> = {
  title: "Givenness",
  notation:
    'G is the number of words whose lemma is one of "he", "she", "her", "him", "his", "they", "them", "their", "himself", "herself", "themselves", "it" and "its". ' +
    'D is the number of "this", "that", "these" and "those" that stand alone. R(list) is how many items of a list occur in it at least twice, the first occurrence included.',
  entries: ENTRIES,
  compute: givennessValues,
  explain: explainGivenness,
};
