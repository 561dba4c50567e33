import type { ConnectiveEntry, ConnectiveTable } from "../lists/connective-table.ts";
import type { Span, TextModel } from "../text/text-model.ts";
import { Bit, type Token } from "../text/token.ts";
import type { ArithmeticMode, FamilyValues } from "../types.ts";
import type { FoundEvidence } from "./evidence.ts";
import { type Family, type FamilyContext, type IndexEntry, ratio, valuesOf } from "./family.ts";

/** How an index counts: it matches the entries of a word list, or it tests the bits of each token. */
interface ConnectiveParts {
  /** Name of the index and of its word list. */
  readonly name: string;
  /** Returns whether a token with these bits counts. Absent for an index with a word list. */
  readonly counts?: (bits: number) => boolean;
}

const FORMULA = "matches / words";

/** Makes the entry of an index that counts the words of a list in `data/lists/connectives`. */
function listEntry(name: string, meaning: string, faithful?: string): IndexEntry<ConnectiveParts> {
  const needs = { list: `connectives/${name}.txt` };
  return {
    name,
    meaning,
    formula: FORMULA,
    ...(faithful !== undefined && { faithful }),
    needs,
    parts: { name },
  };
}

/** Makes the entry of an index that counts tokens by flags of the language analysis. */
function flagEntry(
  name: string,
  meaning: string,
  counts: (bits: number) => boolean,
): IndexEntry<ConnectiveParts> {
  return { name, meaning, formula: "tokens / words", needs: {}, parts: { name, counts } };
}

const PHRASE_HALVES_COUNT = 'halves of phrases such as "due", "even" and "only" count too';

const ENTRIES: readonly IndexEntry<ConnectiveParts>[] = [
  listEntry("basic_connectives", 'The coordinators "and", "nor", "but", "or", "yet" and "so", per word.'),
  listEntry("conjunctions", 'The words "and" and "but", per word.'),
  listEntry("disjunctions", 'The word "or", per word.'),
  flagEntry(
    "lexical_subordinators",
    'Words that open a subordinate clause, such as "because", "if" or the complementiser "that", per word.',
    (bits) => (bits & Bit.marker) !== 0,
  ),
  listEntry(
    "coordinating_conjuncts",
    'The clause linkers "yet", "so", "nor", "however" and "therefore", per word.',
  ),
  listEntry(
    "addition",
    'Words and phrases that add a point, such as "and", "also", "moreover" and "in addition", per word.',
  ),
  listEntry(
    "sentence_linking",
    'General linkers of clauses and sentences, such as "but", "because", "if" and "then", per word; "for", "since", "after", "as", "before", "yet" and "so" only where they open a clause.',
    '"as" counts wherever it stands; a word that opens a clause counts if it is any part of the text "for since after yet so", so "in" and "a" match',
  ),
  listEntry(
    "order",
    'Words and phrases that put points in order, such as "first", "then" and "to begin with", per word; "before" and "after" only where they open a clause.',
  ),
  listEntry(
    "reason_and_purpose",
    'Words and phrases of reason, purpose or result, such as "because", "therefore" and "in order to", per word; "as", "for", "since" and "so" only where they open a clause.',
    '"as" counts wherever it stands, and "for" nowhere',
  ),
  listEntry(
    "all_causal",
    'Causal and concessive connectives and causal verbs and nouns, such as "because", "although", "made" and "effects", per word; "since" and "so" only where they open a clause.',
    '"so" counts wherever it stands, and "since" nowhere',
  ),
  listEntry(
    "positive_causal",
    'Causal connectives and causal verbs and nouns, without the concessive ones, per word; "since" and "so" only where they open a clause.',
    `"since" and "so" never count, and "if" does; ${PHRASE_HALVES_COUNT}`,
  ),
  listEntry(
    "opposition",
    'Words and phrases of contrast and concession, such as "but", "although" and "in contrast", per word.',
  ),
  listEntry(
    "determiners",
    'The articles "the", "a" and "an" and the words "this", "that", "these" and "those", per word.',
  ),
  listEntry("all_demonstratives", 'The words "this", "that", "these" and "those" in any use, per word.'),
  flagEntry(
    "attended_demonstratives",
    '"This", "that", "these" and "those" as determiners of a noun ("this dog"), per word.',
    (bits) => (bits & Bit.demonstrative) !== 0 && (bits & Bit.attended) !== 0,
  ),
  {
    ...flagEntry(
      "unattended_demonstratives",
      '"This", "that", "these" and "those" that stand alone ("I like this"), per word.',
      (bits) => (bits & Bit.unattended) !== 0,
    ),
    faithful: 'every such word that is no determiner counts, the complementiser and relative "that" included',
  },
  listEntry(
    "all_additive",
    "Additive connectives, positive and negative: listing, summing up, example, restatement, alternative and contrast, per word.",
  ),
  listEntry(
    "all_logical",
    'Logical connectives: cause, condition, contrast and inference, such as "because", "if", "but" and "presumably", per word; "for", "since" and "so" only where they open a clause.',
    '"for" counts wherever it stands, and twice where it opens a clause',
  ),
  listEntry(
    "positive_logical",
    'Logical connectives of cause, condition and inference, such as "because", "if" and "indeed", per word; "for", "since" and "so" only where they open a clause.',
  ),
  listEntry(
    "negative_logical",
    'Logical connectives of contrast and concession, such as "but", "although" and "unless", per word.',
  ),
  listEntry(
    "all_temporal",
    'Connectives of time: order, simultaneity and duration, such as "then", "while" and "until", per word; "after", "as", "before" and "since" only where they open a clause.',
    '"since" counts wherever it stands',
  ),
  listEntry(
    "positive_intentional",
    'Words of goals and wishes and phrases of purpose, such as "aim", "wants" and "in order to", per word; "so" only where it opens a clause.',
    '"intended" counts only where it opens a clause',
  ),
  listEntry(
    "all_positive",
    'Positive connectives: additive, causal, conditional, temporal and intentional, such as "and", "because", "if" and "then", per word; "after", "as", "before", "for", "since" and "so" only where they open a clause.',
    `"as", "since" and "so" count wherever they stand, and "for" nowhere; ${PHRASE_HALVES_COUNT}`,
  ),
  listEntry(
    "all_negative",
    'Adversative, concessive and exceptive connectives, such as "but", "although" and "except", per word.',
    '"or" and "until" count too',
  ),
  listEntry(
    "all_connective",
    "Connectives of every kind, positive and negative, with the causal and intentional verbs and nouns, per word.",
    '"as" and "since" count wherever they stand; "by", "for" and "so" never count as openers of a clause',
  ),
];

/** Tokens that match an entry of a word list. */
interface Match extends Span {
  /** Position of the list in the table. */
  readonly index: number;
}

const NO_ENTRIES: readonly ConnectiveEntry[] = [];

/** Returns whether an entry, which was found by its first word, matches at a token. */
function matchesAt(
  tokens: readonly Token[],
  at: number,
  end: number,
  { words, marker }: ConnectiveEntry,
): boolean {
  if (at + words.length > end) return false;
  if (marker && !((tokens[at] as Token).bits & Bit.marker)) return false;
  // The first word is the one by which the entry was found.
  for (let offset = 1; offset < words.length; offset++) {
    if ((tokens[at + offset] as Token).form !== words[offset]) return false;
  }
  return true;
}

/**
 * Returns the matches of corrected mode. It takes the longest entry inside a sentence and counts a token once for each
 * index.
 */
function correctedMatches(text: TextModel, table: ConnectiveTable): Match[] {
  const matches: Match[] = [];
  const nextFree = new Int32Array(table.names.length);
  for (const { from, to } of text.sentences) {
    for (let at = from; at < to; at++) {
      const token = text.tokens[at] as Token;
      for (const entry of table.byFirstWord.get(token.form) ?? NO_ENTRIES) {
        if ((nextFree[entry.index] as number) > at || !matchesAt(text.tokens, at, to, entry)) continue;
        nextFree[entry.index] = at + entry.words.length;
        matches.push({ index: entry.index, from: at, to: at + entry.words.length });
      }
    }
  }
  return matches;
}

/**
 * Returns the matches that the official tool counts. A phrase matches across sentence ends. Like a search for the
 * phrase between spaces, a match uses up the space after it. Single tokens and markers match one by one.
 */
function faithfulMatches(text: TextModel, table: ConnectiveTable): Match[] {
  const matches: Match[] = [];
  const nextFree = new Int32Array(table.phrases);
  text.tokens.forEach((token, at) => {
    for (const entry of table.byFirstWord.get(token.form) ?? NO_ENTRIES) {
      const isPhrase = entry.phrase >= 0;
      if (isPhrase && (nextFree[entry.phrase] as number) > at) continue;
      if (!matchesAt(text.tokens, at, text.tokens.length, entry)) continue;
      const to = at + entry.words.length;
      // The search used up the space after the match, so the same phrase cannot begin at the next token.
      if (isPhrase) nextFree[entry.phrase] = to + 1;
      matches.push({ index: entry.index, from: at, to });
    }
    if (!(token.bits & Bit.marker)) return;
    table.markerTexts.forEach((markerText, index) => {
      if (markerText?.includes(token.form)) matches.push({ index, from: at, to: at + 1 });
    });
  });
  return matches;
}

/** Returns the matches of all lists. */
function connectiveMatches(text: TextModel, table: ConnectiveTable, mode: ArithmeticMode): Match[] {
  return mode === "corrected" ? correctedMatches(text, table) : faithfulMatches(text, table);
}

/** The indices that count flags of the language analysis. */
const FLAG_INDICES = ENTRIES.flatMap(({ parts: { name, counts } }) => (counts ? [{ name, counts }] : []));
const FLAG_BITS = Bit.marker | Bit.attended | Bit.unattended;

/** Returns the 25 values in the order of the entries. */
function connectiveValues(text: TextModel, { connectives, mode }: FamilyContext): FamilyValues {
  const counts = new Map(ENTRIES.map(({ name }) => [name, 0]));
  const add = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  for (const { index } of connectiveMatches(text, connectives, mode)) add(connectives.names[index] as string);
  for (const bits of text.bits) {
    // Few tokens have one of the flags. This test skips the others quickly.
    if (bits & FLAG_BITS) for (const index of FLAG_INDICES) if (index.counts(bits)) add(index.name);
  }
  return valuesOf(ENTRIES, ({ name }) => ratio(counts.get(name) ?? 0, text.tokens.length, mode));
}

/** Returns the tokens or phrases that an index counts, in the order of the text. */
function findMatches(
  text: TextModel,
  { name, counts }: ConnectiveParts,
  { connectives, mode }: FamilyContext,
): Span[] {
  if (!counts) {
    const matches = connectiveMatches(text, connectives, mode);
    return matches.filter(({ index }) => connectives.names[index] === name);
  }
  const found: Span[] = [];
  text.bits.forEach((bits, at) => {
    if (counts(bits)) found.push({ from: at, to: at + 1 });
  });
  return found;
}

function explainConnectives(text: TextModel, parts: ConnectiveParts, context: FamilyContext): FoundEvidence {
  let sentence = 0;
  const evidence = findMatches(text, parts, context).map((match) => {
    // The matches are in the order of the text, so that one pass over the sentences is enough.
    while ((text.sentences[sentence] as Span).to <= match.from) sentence += 1;
    const words = text.tokens.slice(match.from, match.to).map(({ form }) => form);
    return { segment: sentence + 1, words, value: 1 };
  });
  return { unit: "matches", evidence };
}

/** The 25 indices of connectives, determiners and demonstratives. */
export const CONNECTIVES: Family<ConnectiveParts> = {
  title: "Connectives",
  notation:
    "Matches are entries of the index's word list in the lower-case text, and words are all words of the text. In several " +
    'lists, the words "after", "as", "before", "by", "for", "since" and "so" count only where they open a clause. ' +
    "Corrected mode matches within sentences, longest entry first, and counts a word at most once for each index. Faithful mode matches " +
    "phrases across sentence ends and counts every entry that matches. The lists belong to this package and were compiled from the literature.",
  entries: ENTRIES,
  compute: connectiveValues,
  explain: explainConnectives,
};
