import { DialoguePpoError } from "../errors.ts";
import { BYTE_TO_CHAR, toByteChars } from "../model/byte-alphabet.ts";
import { Heap } from "./heap.ts";
import { type PreTokenizer, splitWords } from "./pattern.ts";

export interface BpeOptions {
  /** Number of ids: reserved ones, 256 bytes and merges. */
  readonly vocabSize: number;
  /** Ids before those of the bytes that are left free for special tokens. Default 0. */
  readonly reserved?: number;
  /** Pairs that occur less often are not merged. Default 2. */
  readonly minFrequency?: number;
  readonly pattern: PreTokenizer;
}

/** A learnt vocabulary. Its tokens are written in the characters that stand for bytes. */
export interface Bpe {
  /** From token to id, without the reserved ids. */
  readonly vocab: Map<string, number>;
  /** In the order in which they were learnt. */
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
  /** Words that contained the pair when it was queued. */
  readonly words: Set<number>;
}

// Combines two ids in one exact number.
const pairKey = (left: number, right: number): number => left * 2 ** 26 + right;

/** Orders pairs: the more frequent first, and of equally frequent ones the one with the smaller ids, left before right. */
function comesBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** Counts the words of the texts, written in the characters that stand for bytes. */
function countWords(texts: Iterable<string>, pattern: PreTokenizer): Map<string, number> {
  const raw = new Map<string, number>();
  for (const text of texts) {
    for (const word of splitWords(text, pattern)) raw.set(word, (raw.get(word) ?? 0) + 1);
  }
  return new Map([...raw].map(([word, count]) => [toByteChars(word), count]));
}

/** Replaces every `left right` of a word, from left to right, and reports each change in the count of a neighbouring pair. */
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

/** The state of learning: words as symbols, pair counts and the queue of pairs. */
class Merger {
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
    const fresh = new Map<number, Candidate>();
    this.#words.forEach(({ symbols }, index) => {
      for (let at = 0; at + 1 < symbols.length; at++) {
        this.#change(index, symbols[at] as number, symbols[at + 1] as number, 1, fresh);
      }
    });
    this.#enqueue(fresh);
  }

  /** Makes the most frequent merge. @returns false when no pair is frequent enough */
  mergeNext(): boolean {
    for (;;) {
      const top = this.#queue.pop();
      if (top === undefined) return false;
      const count = this.#counts.get(pairKey(top.left, top.right)) ?? 0;
      if (top.count !== count) {
        // Merges since it was queued have replaced some of its occurrences.
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
    const fresh = new Map<number, Candidate>();
    for (const index of words) {
      mergeWord(this.#words[index] as Word, left, right, merged, (a, b, change) =>
        this.#change(index, a, b, change, fresh),
      );
    }
    this.#enqueue(fresh);
  }

  #add(token: string): number {
    const known = this.ids.get(token);
    if (known !== undefined) return known;
    const id = this.tokens.push(token) - 1;
    this.ids.set(token, id);
    return id;
  }

  #change(word: number, left: number, right: number, change: number, fresh: Map<number, Candidate>): void {
    const key = pairKey(left, right);
    const times = (this.#words[word] as Word).count;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + change * times);
    if (change < 0) return;
    const candidate = fresh.get(key);
    if (candidate) candidate.words.add(word);
    else fresh.set(key, { left, right, count: 0, words: new Set([word]) });
  }

  #enqueue(fresh: ReadonlyMap<number, Candidate>): void {
    for (const [key, candidate] of fresh) {
      candidate.count = this.#counts.get(key) ?? 0;
      if (candidate.count > 0) this.#queue.push(candidate);
    }
  }
}

/**
 * Learns a byte-level BPE vocabulary (Sennrich, Haddow & Birch 2016, over bytes as in GPT-2). Merges the most frequent pair
 * first; of equally frequent ones the pair with the smaller ids. The merges equal those of Python's `tokenizers`.
 *
 * @param texts the corpus; only word counts are kept
 * @returns fewer than `vocabSize` ids when no pair is frequent enough
 * @throws DialoguePpoError ERR_CONFIG when the vocabulary is too small for reserved ids and bytes
 */
export function learnBpe(texts: Iterable<string>, options: BpeOptions): Bpe {
  const { vocabSize, reserved = 0, minFrequency = 2, pattern } = options;
  if (!Number.isInteger(vocabSize) || vocabSize < reserved + 256) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `vocabSize ${vocabSize}: expected at least ${reserved + 256}, the special tokens and 256 bytes`,
    );
  }
  const merger = new Merger(countWords(texts, pattern), reserved, minFrequency);
  while (merger.tokens.length < vocabSize && merger.mergeNext());
  return { vocab: merger.ids, merges: merger.merges };
}
