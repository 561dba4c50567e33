import type { FrequencyKind, TaacoLists } from "../lists/word-lists.ts";
import { KEYWORD_NAMES, SPACE_KINDS } from "../names.ts";
import type { Span, TextModel } from "../text/text-model.ts";
import { Bit, type Token } from "../text/token.ts";
import type { ArithmeticMode, FamilyValues, VectorSpace } from "../types.ts";
import { ratio } from "./ratio.ts";
import { textSimilarity } from "./semantic.ts";

const isVerbTag = (token: Token): boolean => token.tag.startsWith("VB") || token.tag === "MD";
const isNoun = (token: Token): boolean => (token.bits & Bit.noun) !== 0;
const isAdjective = (token: Token): boolean => (token.bits & Bit.adjective) !== 0;

/** Which tokens a list keeps; the others are left out of single words and become `x` in n-grams. */
const MEMBERS: Readonly<Record<string, (token: Token) => boolean>> = {
  "": () => true,
  n: isNoun,
  v: isVerbTag,
  v_n: (token) => isVerbTag(token) || isNoun(token),
  adj: isAdjective,
  a_n: (token) => isAdjective(token) || isNoun(token),
};

const SIZES: Readonly<Record<string, number>> = { uni: 1, bi: 2, tri: 3, quad: 4 };

interface KeywordKind {
  readonly name: string;
  readonly members: (token: Token) => boolean;
  readonly size: number;
  readonly reference: FrequencyKind;
}

const KINDS: readonly KeywordKind[] = KEYWORD_NAMES.map((name) => {
  const kind = name.slice("mag_news_".length, -"_keywords_percentage".length);
  const [, group = "", size = "uni"] = /^(?:(.+)_)?(uni|bi|tri|quad)$/.exec(kind) ?? [];
  const reference = (size === "uni" ? "uni" : kind) as FrequencyKind;
  return { name, members: MEMBERS[group] ?? (() => true), size: SIZES[size] ?? 1, reference };
});

/** Items of a list: lemmas of the members, or n-grams with `x` for the others, inside each span. */
function itemsOf(text: TextModel, spans: readonly Span[], { members, size }: KeywordKind): string[] {
  const items: string[] = [];
  for (const { from, to } of spans) {
    const tokens = text.tokens.slice(from, to);
    if (size === 1) {
      for (const token of tokens) if (members(token)) items.push(token.lemma);
      continue;
    }
    const words = tokens.map((token) => (members(token) ? token.lemma : "x"));
    for (let index = 0; index + size <= words.length; index++) {
      items.push(words.slice(index, index + size).join(" "));
    }
  }
  return items;
}

/** Items of a text that a reference list of a kind counts: inside sentences. */
export function referenceItems(text: TextModel, reference: FrequencyKind): string[] {
  const kind = KINDS.find((candidate) => candidate.reference === reference);
  return kind === undefined ? [] : itemsOf(text, text.sentences, kind);
}

/** Whether an n-gram has no word of its class. */
export const isPlaceholder = (item: string): boolean => item.split(" ").every((word) => word === "x");

/** Items of the source that are far more frequent there than in the reference: the top tenth. */
export function keywordsOf(
  items: readonly string[],
  perMillion: ReadonlyMap<string, number>,
  mode: ArithmeticMode,
): Set<string> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count >= 2);
  // Corrected: filter first, then cut; the official tool cuts by all types and removes placeholders afterwards.
  const pool = mode === "corrected" ? repeated.filter(([item]) => !isPlaceholder(item)) : repeated;
  const keep = Math.floor(0.1 * (mode === "corrected" ? pool.length : counts.size));
  const ranked = pool
    .map(([item, count]) => {
      const share = count / items.length;
      const reference = (perMillion.get(item) ?? 0) / 1e6;
      return { item, share, difference: reference === 0 ? 1e6 : ((share - reference) * 100) / reference };
    })
    .toSorted((a, b) => b.difference - a.difference || b.share - a.share);
  return new Set(
    ranked
      .slice(0, keep)
      .map(({ item }) => item)
      .filter((item) => !isPlaceholder(item)),
  );
}

/** A source text with its keywords, found once for all texts that are compared with it. */
export interface PreparedSource {
  readonly text: TextModel;
  /** By index name; absent where there is no reference list. */
  readonly keywords: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Finds the keywords of a source text. */
export function prepareSource(text: TextModel, lists: TaacoLists, mode: ArithmeticMode): PreparedSource {
  const keywords = new Map<string, ReadonlySet<string>>();
  for (const kind of KINDS) {
    const reference = lists.frequencies?.perMillion(kind.reference);
    if (reference) keywords.set(kind.name, keywordsOf(itemsOf(text, text.sentences, kind), reference, mode));
  }
  return { text, keywords };
}

/** What a keyword index counts in a text: the items of its list, in order; n-grams run over the whole text. */
export function keywordItems(target: TextModel, name: string): string[] {
  const kind = KINDS.find((candidate) => candidate.name === name);
  return kind ? itemsOf(target, [{ from: 0, to: target.tokens.length }], kind) : [];
}

/** The 26 indices of a text against its source, in the order of `SOURCE_NAMES`; null where a reference list or a space is missing. */
export function sourceIndices(
  target: TextModel,
  { text: source, keywords }: PreparedSource,
  spaces: readonly VectorSpace[],
  mode: ArithmeticMode,
): FamilyValues {
  const shares = KEYWORD_NAMES.map((name) => {
    const words = keywords.get(name);
    if (!words) return null;
    const items = keywordItems(target, name);
    return ratio(items.filter((item) => words.has(item)).length, items.length, mode);
  });
  const similarities = SPACE_KINDS.map((kind) => {
    const space = spaces.find((candidate) => candidate.kind === kind);
    return space ? textSimilarity(target, source, space, mode) : null;
  });
  return [...shares, ...similarities];
}
