import { ITEM_KINDS, type ItemKind, listItems } from "../lists/item-kinds.ts";
import { textSimilarity, textVector } from "../similarity/compare.ts";
import type { TextModel } from "../text/text-model.ts";
import { SPACE_KINDS, type SpaceKind } from "../types.ts";
import { countItems, type FoundEvidence } from "./evidence.ts";
import { type Family, type FamilyContext, type IndexEntry, ratio } from "./family.ts";
import { FAITHFUL_LDA, SPACE_SIMILARITY } from "./semantic.ts";

/** What an index compares: the keywords of the source with the items of the text, or both texts in a space. */
type SourceParts = { readonly items: ItemKind } | { readonly space: SpaceKind };

const RUNS = {
  1: "lemmas",
  2: "pairs of adjacent lemmas",
  3: "triples of adjacent lemmas",
  4: "runs of four adjacent lemmas",
} as const;

function keywordMeaning({ words, size }: ItemKind): string {
  if (size === 1) return `Share of the ${words} of the text whose lemma is a keyword of the source.`;
  const run = RUNS[size];
  if (words === "words") return `Share of the ${run} in the text that are keywords of the source.`;
  return `Share of the ${run} in the text that are keywords of the source, where only ${words} keep their lemma and other words become "x".`;
}

function keywordEntry(items: ItemKind): IndexEntry<SourceParts> {
  return {
    name: `mag_news_${items.key}_keywords_percentage`,
    meaning: keywordMeaning(items),
    formula: "items that are keywords / items",
    needs: { text: "source", list: `reference frequencies \`${items.reference}\`` },
    parts: { items },
  };
}

function similarityEntry(space: SpaceKind): IndexEntry<SourceParts> {
  const { what, formula } = SPACE_SIMILARITY[space];
  return {
    name: `source_similarity_${space}`,
    meaning: `How similar the whole text is to the whole source, by ${what}.`,
    formula: formula("v(text)", "v(source)"),
    ...(space === "lda" && { faithful: FAITHFUL_LDA }),
    needs: { text: "source", space },
    parts: { space },
  };
}

const ENTRIES: readonly IndexEntry<SourceParts>[] = [
  ...ITEM_KINDS.map(keywordEntry),
  ...SPACE_KINDS.map(similarityEntry),
];

/** Returns the items of the text. Unlike those of the source, its n-grams cross sentence ends. */
const targetItems = (text: TextModel, kind: ItemKind): string[] =>
  listItems(text, [{ from: 0, to: text.tokens.length }], kind);

function sourceValue(
  text: TextModel,
  parts: SourceParts,
  { source, spaces, mode }: FamilyContext,
): number | null {
  if (!source) return null;
  if ("items" in parts) {
    const keywords = source.keywords.get(parts.items);
    if (!keywords) return null;
    const items = targetItems(text, parts.items);
    return ratio(items.filter((item) => keywords.has(item)).length, items.length, mode);
  }
  const space = spaces.find(({ kind }) => kind === parts.space);
  if (!space) return null;
  return textSimilarity(textVector(text, space), textVector(source.text, space), space.kind, mode);
}

/** Returns the comparison of the two texts, with the lemmas of each that the space contains. */
function explainSimilarity(text: TextModel, kind: SpaceKind, context: FamilyContext): FoundEvidence {
  const { source, spaces } = context;
  const space = spaces.find((one) => one.kind === kind);
  if (!space || !source) return { unit: "texts", evidence: [] };
  const known = ({ vocabulary }: TextModel): string[] => vocabulary.filter((lemma) => space.row(lemma) >= 0);
  const value = sourceValue(text, { space: kind }, context);
  return { unit: "texts", evidence: [{ words: known(text), withWords: known(source.text), value }] };
}

function explainSource(text: TextModel, parts: SourceParts, context: FamilyContext): FoundEvidence {
  if (!("items" in parts)) return explainSimilarity(text, parts.space, context);
  const keywords = context.source?.keywords.get(parts.items);
  if (!keywords) return { unit: "items", evidence: [] };
  const found = targetItems(text, parts.items).filter((item) => keywords.has(item));
  return { unit: "items", evidence: countItems(found) };
}

/** The 26 indices that compare a text with its source. A value is null if its reference list or space is absent. */
export const SOURCE: Family<SourceParts> = {
  title: "Source text",
  notation:
    "Items are the lemmas of the class or, with `bi`, `tri` and `quad`, all runs of two, three and four adjacent lemmas. An item of the source is a " +
    "keyword if it occurs there at least twice and is in the tenth of items whose frequency exceeds their frequency in the reference list most, relative to the latter. Items without a word of the class are not keywords but count as items. " +
    "Values are proportions from 0 to 1, although the names say percentage. Verbs include auxiliaries. v(text) is the sum of the vectors of all " +
    "words that the space knows. Corrected mode removes items without a word of the class before it selects the tenth, and faithful mode removes them afterwards.",
  entries: ENTRIES,
  compute: (text, context) => ENTRIES.map(({ parts }) => sourceValue(text, parts, context)),
  explain: explainSource,
};
