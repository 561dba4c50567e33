import { createHash } from "node:crypto";
import { DialoguePpoError } from "../errors.ts";

/** A document as its lower-case lemmas, in order. */
export type LemmaDocument = readonly string[];

/**
 * Documents as word numbers. Document d consists of tokens[offsets[d]] up to but not including tokens[offsets[d + 1]].
 */
export interface EncodedCorpus {
  /** Word of each word number. */
  readonly words: readonly string[];
  /** Word numbers of all documents. */
  readonly tokens: Int32Array;
  /** Position of the first token of each document, and at the end the number of tokens. */
  readonly offsets: Int32Array;
}

/** Limits for the words of a vocabulary. */
export interface VocabularyOptions {
  /** Smallest number of occurrences. Rarer words are left out. */
  readonly minCount: number;
  /** Largest number of documents. Words that occur in more documents are left out. */
  readonly maxDocuments: number;
}

interface Occurrences {
  count: number;
  documents: number;
  /** Number of the last document that was counted. */
  lastDocument: number;
}

function countOccurrences(documents: readonly LemmaDocument[]): Map<string, Occurrences> {
  const found = new Map<string, Occurrences>();
  documents.forEach((document, index) => {
    for (const word of document) {
      const entry = found.get(word) ?? { count: 0, documents: 0, lastDocument: -1 };
      entry.count += 1;
      if (entry.lastDocument !== index) entry.documents += 1;
      entry.lastDocument = index;
      found.set(word, entry);
    }
  });
  return found;
}

/** Returns the words within the limits, the most frequent first, equally frequent ones in code-unit order. */
function selectWords(documents: readonly LemmaDocument[], options: VocabularyOptions): string[] {
  return [...countOccurrences(documents)]
    .filter(([, entry]) => entry.count >= options.minCount && entry.documents <= options.maxDocuments)
    .sort(([a, left], [b, right]) => right.count - left.count || (a < b ? -1 : 1))
    .map(([word]) => word);
}

/**
 * Selects a vocabulary and encodes documents with it. Words outside the vocabulary are dropped. A document without
 * words remains as an empty one.
 *
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

/** Returns the SHA-256 hash of documents in hex. A space records it to identify its corpus. */
export function hashDocuments(documents: readonly LemmaDocument[]): string {
  const hash = createHash("sha256");
  for (const document of documents) hash.update(`${document.join("\t")}\n`);
  return hash.digest("hex");
}
