import { lemmaIds, type TextModel } from "../text/text-model.ts";
import { Bit, type Token } from "../text/token.ts";
import { countItems, type Evidence, type Found } from "./evidence.ts";
import { type Family, type FamilyContext, type IndexEntry, ratio } from "./family.ts";

/** What an index counts, and of what it is a share. */
interface GivennessParts {
  readonly counts: "pronouns" | "repeated content" | "repeated content and pronouns";
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

/** Returns how many items occur at least twice, every occurrence counted. */
function countRepeated<T>(items: readonly T[]): number {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return items.filter((item) => (counts.get(item) ?? 0) > 1).length;
}

const tokensWith = ({ tokens }: TextModel, bit: number): Token[] => tokens.filter(({ bits }) => bits & bit);

/** Returns the pronouns of an index and the demonstratives that stand alone; the original experiment took all pronouns. */
function findPronouns(
  text: TextModel,
  { lists, mode }: FamilyContext,
): { lemmas: string[]; alone: string[] } {
  const given =
    mode === "experiment"
      ? tokensWith(text, Bit.pronoun)
      : text.tokens.filter(({ lemma }) => lists.givenness.has(lemma));
  return {
    lemmas: given.map(({ lemma }) => lemma),
    alone: tokensWith(text, Bit.unattended).map(({ form }) => form),
  };
}

function givennessValue(
  text: TextModel,
  { counts, of }: GivennessParts,
  context: FamilyContext,
): number | null {
  const whole = of === "words" ? text.tokens.length : tokensWith(text, Bit.noun).length;
  const { lemmas, alone } = findPronouns(text, context);
  if (counts === "pronouns") return ratio(lemmas.length + alone.length, whole, context.mode);
  const content = countRepeated(lemmaIds(text, Bit.content));
  const pronouns = counts === "repeated content" ? 0 : countRepeated(lemmas) + countRepeated(alone);
  return ratio(content + pronouns, whole, context.mode);
}

function explainGivenness(text: TextModel, { counts }: GivennessParts, context: FamilyContext): Found {
  const { lemmas, alone } = findPronouns(text, context);
  if (counts === "pronouns")
    return { unit: "items", evidence: [...countItems(lemmas), ...countItems(alone)] };
  const repeated = (words: readonly string[]): Evidence[] =>
    countItems(words).filter(({ value }) => (value ?? 0) > 1);
  const content = repeated(lemmaIds(text, Bit.content).map((id) => text.vocabulary[id] as string));
  const pronouns = counts === "repeated content" ? [] : [...repeated(lemmas), ...repeated(alone)];
  return { unit: "items", evidence: [...content, ...pronouns] };
}

/** The four indices of what a text takes as given: pronouns and repeated words. */
export const GIVENNESS: Family<GivennessParts> = {
  title: "Givenness",
  notation:
    'G is the number of words whose lemma is one of "he", "she", "her", "him", "his", "they", "them", "their", "himself", "herself", "themselves", "it" and "its". ' +
    'D is the number of "this", "that", "these" and "those" that stand alone. R(list) is how many items of a list occur in it at least twice, the first occurrence included.',
  entries: ENTRIES,
  compute: (text, context) => ENTRIES.map(({ parts }) => givennessValue(text, parts, context)),
  explain: explainGivenness,
};
