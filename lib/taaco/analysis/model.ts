import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { buildPerceptron, type Perceptron } from "./perceptron.ts";

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

interface Header {
  readonly kinds: number;
  readonly fixed: Readonly<Record<string, string>>;
  readonly clearMargin: number;
  readonly parts: readonly {
    readonly labels: readonly string[];
    readonly rows: number;
    readonly weights: number;
  }[];
}

/**
 * Reads the model file. It is compressed with gzip and holds, in little-endian order: the length of the header in four
 * bytes, the header as JSON, the keys, row lengths, labels and weights of each classifier, and the table of the words.
 */
export function readModel(file: string): AnalyserModel {
  const bytes = gunzipSync(readFileSync(file));
  const length = bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString("utf8", 4, 4 + length)) as Header;
  let at = 4 + length;
  const take = (size: number): ArrayBuffer => {
    at += size;
    return bytes.buffer.slice(bytes.byteOffset + at - size, bytes.byteOffset + at) as ArrayBuffer;
  };
  const [tags, flags, sentences] = header.parts.map(({ labels, rows, weights }) => {
    const keys = new Int32Array(take(rows * 4));
    const lengths = new Uint8Array(take(rows));
    const targets = new Uint8Array(take(weights));
    return buildPerceptron(labels, keys, lengths, targets, new Int8Array(take(weights)));
  });
  const words = new Int32Array(take(header.kinds * 4));
  const kinds = new Uint16Array(take(header.kinds * 2));
  const table = new Map<number, number>();
  for (let index = 0; index < words.length; index++)
    table.set(words[index] as number, kinds[index] as number);
  return {
    tags: tags as Perceptron,
    flags: flags as Perceptron,
    sentences: sentences as Perceptron,
    fixedTags: new Map(Object.entries(header.fixed)),
    clearMargin: header.clearMargin,
    kindOf: (hash) => table.get(hash) ?? 0,
  };
}
