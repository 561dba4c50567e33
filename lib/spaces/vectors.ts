import type { SpaceKind, VectorSpace } from "../taaco/types.ts";

/** A semantic space with its vocabulary. Row r of the matrix is the vector of word r. */
export class WordVectors implements VectorSpace {
  readonly kind: SpaceKind;
  /** Number of components of each vector. */
  readonly dimensions: number;
  /** Words in the order of the rows. */
  readonly words: readonly string[];
  /** Matrix of shape [words, dimensions], row-major. */
  readonly values: Float32Array;
  readonly #rows: ReadonlyMap<string, number>;

  constructor(kind: SpaceKind, dimensions: number, words: readonly string[], values: Float32Array) {
    this.kind = kind;
    this.dimensions = dimensions;
    this.words = words;
    this.values = values;
    this.#rows = new Map(words.map((word, row) => [word, row]));
  }

  /** Returns the row of a lemma, or -1 when the space does not have it. */
  row(lemma: string): number {
    return this.#rows.get(lemma) ?? -1;
  }

  /** Returns the vector of a row as a view of the matrix. */
  vector(row: number): Float32Array {
    return this.values.subarray(row * this.dimensions, (row + 1) * this.dimensions);
  }
}

/** Returns an array of zeros in memory that worker threads can share. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}
