import { DialoguePpoError } from "../errors.ts";
import { BYTE_TO_CHAR, toByteChars } from "../model/byte-alphabet.ts";
import { Heap } from "./heap.ts";
import { type PreTokenizer, preTokenize } from "./pattern.ts";

/** Options of {@link learnBpe}. */
export interface BpeOptions {
  /** Number of ids: the reserved ids, 256 bytes and the merges. */
  readonly vocabSize: number;
  /** Number of ids before the bytes that are reserved for special tokens. Default: 0. */
  readonly reserved?: number;
  /** Smallest frequency of a pair that is merged. Default: 2. */
  readonly minFrequency?: number;
  /** Pattern by which text is split into words. */
  readonly pattern: PreTokenizer;
}

/** A learned vocabulary. Its tokens consist of the characters that represent bytes. */
export interface Bpe {
  /** Maps tokens to ids, without the reserved ids. */
  readonly vocab: Map<string, number>;
  /** Merges in the order in which they were learned. */
  readonly merges: [string, string][];
}

interface Word {
  readonly count: number;
  symbols: number[];
}

interface Candidate {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Indices of the words that contained the pair when it was queued. */
  readonly words: Set<number>;
}

// Combines two ids into one number, which is exact for ids below 2 ** 26.
const pairKey = (left: number, right: number): number => left * 2 ** 26 + right;

/**
 * Returns whether pair `a` is merged before pair `b`: the more frequent one first, then the one with the smaller ids.
 */
function comesBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** Counts the words of the texts. The words are written in the characters that represent bytes. */
function countWords(texts: Iterable<string>, pattern: PreTokenizer): Map<string, number> {
  const raw = new Map<string, number>();
  for (const text of texts) {
    for (const word of preTokenize(text, pattern)) raw.set(word, (raw.get(word) ?? 0) + 1);
  }
  return new Map([...raw].map(([word, count]) => [toByteChars(word), count]));
}

/**
 * Replaces each pair `left right` of a word, from left to right, and reports the changes in the counts of the pairs
 * next to it.
 */
function mergeWord(
  word: Word,
  left: number,
  right: number,
  merged: number,
  report: (left: number, right: number, change: number) => void,
): void {
  const { symbols } = word;
  const out: number[] = [];
  for (let at = 0; at < symbols.length; at++) {
    if (symbols[at] !== left || symbols[at + 1] !== right || at + 1 >= symbols.length) {
      out.push(symbols[at] as number);
      continue;
    }
    const before = out.at(-1);
    if (before !== undefined) {
      report(before, left, -1);
      report(before, merged, 1);
    }
    out.push(merged);
    const after = symbols[at + 2];
    if (after !== undefined) {
      report(right, after, -1);
      report(merged, after, 1);
    }
    at += 1;
  }
  word.symbols = out;
}

/** Merges pairs step by step. It holds the words as symbols, the counts of all pairs and a queue of pairs. */
class BpeMerger {
  readonly tokens: string[] = [];
  readonly ids = new Map<string, number>();
  readonly merges: [string, string][] = [];
  readonly #words: Word[];
  readonly #counts = new Map<number, number>();
  readonly #queue = new Heap<Candidate>(comesBefore);
  readonly #minFrequency: number;

  constructor(counts: ReadonlyMap<string, number>, reserved: number, minFrequency: number) {
    this.#minFrequency = minFrequency;
    this.tokens.length = reserved;
    for (const char of BYTE_TO_CHAR.toSorted((a, b) => a.charCodeAt(0) - b.charCodeAt(0))) this.#add(char);
    this.#words = [...counts].map(([word, count]) => ({
      count,
      symbols: [...word].map((char) => this.ids.get(char) as number),
    }));
    const newPairs = new Map<number, Candidate>();
    this.#words.forEach(({ symbols }, index) => {
      for (let at = 0; at + 1 < symbols.length; at++) {
        this.#change(index, symbols[at] as number, symbols[at + 1] as number, 1, newPairs);
      }
    });
    this.#enqueue(newPairs);
  }

  /**
   * Merges the most frequent pair.
   * @returns false if no pair is frequent enough
   */
  mergeNext(): boolean {
    for (;;) {
      const top = this.#queue.pop();
      if (top === undefined) return false;
      const count = this.#counts.get(pairKey(top.left, top.right)) ?? 0;
      if (top.count !== count) {
        // Other merges have replaced some of its occurrences since it was queued.
        top.count = count;
        this.#queue.push(top);
        continue;
      }
      if (count < 1 || count < this.#minFrequency) return false;
      this.#apply(top);
      return true;
    }
  }

  #apply({ left, right, words }: Candidate): void {
    const parts: [string, string] = [this.tokens[left] as string, this.tokens[right] as string];
    const merged = this.#add(parts.join(""));
    this.merges.push(parts);
    const newPairs = new Map<number, Candidate>();
    for (const index of words) {
      mergeWord(this.#words[index] as Word, left, right, merged, (a, b, change) =>
        this.#change(index, a, b, change, newPairs),
      );
    }
    this.#enqueue(newPairs);
  }

  #add(token: string): number {
    const known = this.ids.get(token);
    if (known !== undefined) return known;
    const id = this.tokens.push(token) - 1;
    this.ids.set(token, id);
    return id;
  }

  #change(word: number, left: number, right: number, change: number, newPairs: Map<number, Candidate>): void {
    const key = pairKey(left, right);
    const times = (this.#words[word] as Word).count;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + change * times);
    if (change < 0) return;
    const candidate = newPairs.get(key);
    if (candidate) candidate.words.add(word);
    else newPairs.set(key, { left, right, count: 0, words: new Set([word]) });
  }

  #enqueue(newPairs: ReadonlyMap<number, Candidate>): void {
    for (const [key, candidate] of newPairs) {
      candidate.count = this.#counts.get(key) ?? 0;
      if (candidate.count > 0) this.#queue.push(candidate);
    }
  }
}

/**
 * Learns a byte-level BPE vocabulary (Sennrich, Haddow & Birch 2016, over bytes as in GPT-2). It merges the most
 * frequent pair first, and among equally frequent pairs the one with the smaller ids. The merges equal those of
 * Python's `tokenizers`.
 *
 * @param texts texts of the corpus. Only their word counts are kept in memory.
 * @returns the vocabulary. It has fewer than `vocabSize` ids if no further pair is frequent enough.
 * @throws DialoguePpoError ERR_CONFIG when `vocabSize` is too small for the reserved ids and the bytes
 */
export function learnBpe(texts: Iterable<string>, options: BpeOptions): Bpe {
  const { vocabSize, reserved = 0, minFrequency = 2, pattern } = options;
  if (!Number.isInteger(vocabSize) || vocabSize < reserved + 256) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `vocabSize ${vocabSize}: expected at least ${reserved + 256}, the special tokens and 256 bytes`,
    );
  }
  const merger = new BpeMerger(countWords(texts, pattern), reserved, minFrequency);
  while (merger.tokens.length < vocabSize && merger.mergeNext());
  return { vocab: merger.ids, merges: merger.merges };
}
