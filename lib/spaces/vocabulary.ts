import { createHash } from "node:crypto";
import { DialoguePpoError } from "../errors.ts";

/** A document: its lower-case lemmas in order. */
export type LemmaDocument = readonly string[];

/** Documents as word numbers: document d is tokens[offsets[d]] to tokens[offsets[d + 1]]. */
export interface EncodedCorpus {
  readonly words: readonly string[];
  readonly tokens: Int32Array;
  readonly offsets: Int32Array;
}

export interface VocabularyOptions {
  /** Rarer words are left out. */
  readonly minCount: number;
  /** Words that stand in more documents are left out. */
  readonly maxDocuments: number;
}

interface Occurrences {
  count: number;
  documents: number;
  /** The last document that was counted. */
  last: number;
}

function countOccurrences(documents: readonly LemmaDocument[]): Map<string, Occurrences> {
  const found = new Map<string, Occurrences>();
  documents.forEach((document, index) => {
    for (const word of document) {
      const entry = found.get(word) ?? { count: 0, documents: 0, last: -1 };
      entry.count += 1;
      if (entry.last !== index) entry.documents += 1;
      entry.last = index;
      found.set(word, entry);
    }
  });
  return found;
}

/** Words of the wanted frequency, most frequent first, equals in code-unit order. */
function selectWords(documents: readonly LemmaDocument[], options: VocabularyOptions): string[] {
  return [...countOccurrences(documents)]
    .filter(([, entry]) => entry.count >= options.minCount && entry.documents <= options.maxDocuments)
    .sort(([a, left], [b, right]) => right.count - left.count || (a < b ? -1 : 1))
    .map(([word]) => word);
}

/**
 * Numbers the words of documents; words outside the vocabulary are dropped, empty documents stay.
 * @throws DialoguePpoError ERR_DATA when no word is frequent enough
 */
export function encodeCorpus(documents: readonly LemmaDocument[], options: VocabularyOptions): EncodedCorpus {
  const words = selectWords(documents, options);
  if (words.length === 0) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `no word occurs ${options.minCount} times or more in ${documents.length} documents and stands in ${options.maxDocuments} of them at most`,
    );
  }
  const numbers = new Map(words.map((word, number) => [word, number]));
  const tokens: number[] = [];
  const offsets = new Int32Array(documents.length + 1);
  documents.forEach((document, index) => {
    for (const word of document) {
      const number = numbers.get(word);
      if (number !== undefined) tokens.push(number);
    }
    offsets[index + 1] = tokens.length;
  });
  return { words, tokens: Int32Array.from(tokens), offsets };
}

/** sha256 of documents, in hex: what ties a space to its corpus. */
export function hashDocuments(documents: readonly LemmaDocument[]): string {
  const hash = createHash("sha256");
  for (const document of documents) hash.update(`${document.join("\t")}\n`);
  return hash.digest("hex");
}
