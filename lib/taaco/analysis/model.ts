import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { addKey, createKeyTable, findKey, type KeyTable } from "./key-table.ts";
import { type Perceptron, ROW_LIMIT, WEIGHT_ZERO } from "./perceptron.ts";

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
  readonly rows: number;
  readonly weights: number;
}

interface Header {
  readonly kinds: number;
  readonly fixed: Readonly<Record<string, string>>;
  readonly clearMargin: number;
  readonly parts: readonly PartHeader[];
}

/** Takes the next bytes of the file. */
type Take = (size: number) => Uint8Array;

/**
 * Reads the model file, which `scripts/analyser/model-file.js` writes. It is compressed with gzip and holds the length of the
 * header in four bytes (little-endian), the header as JSON, the classifiers, and the table of the words.
 */
export function readModel(file: string): AnalyserModel {
  const compressed = readFileSync(file);
  // The last four bytes of the format are the size of the content. One buffer of that size is faster than many small ones.
  const bytes = gunzipSync(compressed, { chunkSize: compressed.readUInt32LE(compressed.length - 4) });
  const length = bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString("utf8", 4, 4 + length)) as Header;
  let at = 4 + length;
  const take = (size: number): Uint8Array => {
    at += size;
    return bytes.subarray(at - size, at);
  };
  const [tags, flags, sentences] = header.parts.map((part) => readPerceptron(part, take));
  const kinds = readKinds(header.kinds, take);
  return {
    tags: tags as Perceptron,
    flags: flags as Perceptron,
    sentences: sentences as Perceptron,
    fixedTags: new Map(Object.entries(header.fixed)),
    clearMargin: header.clearMargin,
    kindOf: (hash) => findKey(kinds, hash),
  };
}

/**
 * Returns sorted 32-bit keys. The file has the difference of each to the one before it: first the lowest byte of all differences,
 * then their second byte, and so on.
 */
function readKeys(count: number, take: Take): Int32Array {
  const [first, second, third, fourth] = [take(count), take(count), take(count), take(count)];
  const keys = new Int32Array(count);
  let key = 0;
  for (let at = 0; at < count; at++) {
    const low = (first[at] as number) | ((second[at] as number) << 8);
    key = (key + (low | ((third[at] as number) << 16) | ((fourth[at] as number) << 24))) | 0;
    keys[at] = key;
  }
  return keys;
}

/**
 * Reads a classifier: the keys of its features, the number of weights of each, the label of each weight, all weights but the
 * last of each feature, and the sum of the weights of each feature. That sum is nearly always 0.
 */
function readPerceptron({ labels, rows: count, weights: size }: PartHeader, take: Take): Perceptron {
  const keys = readKeys(count, take);
  const [lengths, targets, values, sums] = [take(count), take(size), take(size - count), take(count)];
  const rows = createKeyTable(count);
  const weights = new Uint16Array(size);
  let start = 0;
  for (let row = 0; row < count; row++) {
    const length = lengths[row] as number;
    addKey(rows, keys[row] as number, start * ROW_LIMIT + length);
    let last = sums[row] as number;
    for (let at = start; at < start + length - 1; at++) {
      const value = values[at - row] as number;
      last -= value;
      weights[at] = ((targets[at] as number) << 8) | ((value + WEIGHT_ZERO) & 0xff);
    }
    start += length;
    weights[start - 1] = ((targets[start - 1] as number) << 8) | ((last + WEIGHT_ZERO) & 0xff);
  }
  return { labels, rows, weights };
}

/** Reads the numbers of the sets of tags: the hashes of the words, then the low bytes of the numbers, then the high bytes. */
function readKinds(count: number, take: Take): KeyTable {
  const words = readKeys(count, take);
  const [low, high] = [take(count), take(count)];
  const kinds = createKeyTable(count);
  for (let at = 0; at < count; at++)
    addKey(kinds, words[at] as number, (low[at] as number) | ((high[at] as number) << 8));
  return kinds;
}
