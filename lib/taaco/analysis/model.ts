import { readFileSync } from "node:fs";
import { BUCKETS, createKeyIndex, findKey } from "./key-index.ts";
import { type Perceptron, ROW_LIMIT } from "./perceptron.ts";

/** The trained classifiers of the analyser. */
export interface AnalyserModel {
  readonly tags: Perceptron;
  readonly flags: Perceptron;
  readonly sentences: Perceptron;
  /** Tags of frequent words that always have the same tag, by the word in lower case. */
  readonly fixedTags: ReadonlyMap<string, string>;
  /**
   * Lead of the best tag, by the features of single words, above which the features of pairs of words practically never
   * change it, so that they need not be looked up.
   */
  readonly clearMargin: number;
  /** Returns the number of the set of tags of a word by its hash, or 0 for an unknown one. */
  readonly kindOf: (hash: number) => number;
}

interface PartHeader {
  readonly labels: readonly string[];
  /** Number of features. */
  readonly keys: number;
  /** Number of rows that several features share, and number of rows that belong to one feature each. */
  readonly shared: number;
  readonly single: number;
  /** Number of weights in all rows. */
  readonly weights: number;
}

interface Header {
  /** Number of words of which the set of tags is known. */
  readonly kinds: number;
  readonly fixed: Readonly<Record<string, string>>;
  readonly clearMargin: number;
  readonly parts: readonly PartHeader[];
}

/** Takes the next numbers of a part of the file. Numbers of two bytes come first, so that they are aligned. */
class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  bytes(count: number): Uint8Array {
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Returns numbers of two bytes (little-endian) without a copy. */
  halves(count: number): Uint16Array {
    const { buffer, byteOffset } = this.bytes(2 * count);
    return new Uint16Array(buffer, byteOffset, count);
  }
}

/**
 * Reads the model file, which `scripts/analyser/model-file.js` writes. It holds the length of the header in four bytes
 * (little-endian), the header as JSON, the low halves of all keys, and all other numbers. Most numbers are used where
 * they lie, without being read one by one. Compression would save 1 MB on the disk, and nothing in the npm package, but
 * inflating takes a tenth of the loading time.
 */
export function readModel(file: string): AnalyserModel {
  const bytes = readFileSync(file);
  const length = bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString("utf8", 4, 4 + length)) as Header;
  const reader = new Reader(bytes, 4 + length);
  const lows = [...header.parts.map(({ keys }) => keys), header.kinds].map((count) => reader.halves(count));
  const numbers = header.parts.map(
    ({ keys, weights }) => [reader.halves(keys), reader.halves(weights)] as const,
  );
  const kinds = reader.halves(header.kinds);
  const indices = lows.map((part) => createKeyIndex(part, reader.bytes(BUCKETS)));
  const [tags, flags, sentences] = header.parts.map((part, at): Perceptron => {
    const [rowNumbers, weights] = numbers[at] as readonly [Uint16Array, Uint16Array];
    const lengths = reader.bytes(part.shared + part.single);
    return {
      labels: part.labels,
      keys: indices[at] as Perceptron["keys"],
      rows: placeRows(rowNumbers, lengths, part.shared),
      weights,
    };
  });
  const words = indices[header.parts.length] as Perceptron["keys"];
  return {
    tags: tags as Perceptron,
    flags: flags as Perceptron,
    sentences: sentences as Perceptron,
    fixedTags: new Map(Object.entries(header.fixed)),
    clearMargin: header.clearMargin,
    kindOf: (hash) => kinds[findKey(words, hash)] ?? 0,
  };
}

/**
 * Returns the place of the row of each feature.
 *
 * @param numbers for each feature, the number of its row. All numbers that are not below `shared` stand for the next of
 *   the rows that belong to one feature each
 * @param lengths number of weights of each row
 */
function placeRows(numbers: Uint16Array, lengths: Uint8Array, shared: number): Uint32Array {
  const places = new Uint32Array(lengths.length);
  let start = 0;
  for (let row = 0; row < lengths.length; row++) {
    const length = lengths[row] as number;
    places[row] = start * ROW_LIMIT + length;
    start += length;
  }
  const rows = new Uint32Array(numbers.length);
  let next = shared;
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] as number;
    rows[at] = places[number < shared ? number : next++] as number;
  }
  return rows;
}
