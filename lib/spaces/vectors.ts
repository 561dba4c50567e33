import type { ReopenableMatrix, VectorSpace } from "../taaco/types.ts";

export type SpaceKind = VectorSpace["kind"];

/** A space with its vocabulary: row r of the matrix belongs to word r. */
export class WordVectors implements VectorSpace {
  readonly kind: SpaceKind;
  readonly dimensions: number;
  readonly words: readonly string[];
  readonly values: Float32Array;
  readonly reopen?: ReopenableMatrix;
  readonly #rows: ReadonlyMap<string, number>;

  constructor(
    kind: SpaceKind,
    dimensions: number,
    words: readonly string[],
    values: Float32Array,
    reopen?: ReopenableMatrix,
  ) {
    this.kind = kind;
    this.dimensions = dimensions;
    this.words = words;
    this.values = values;
    if (reopen) this.reopen = reopen;
    this.#rows = new Map(words.map((word, row) => [word, row]));
  }

  row(lemma: string): number {
    return this.#rows.get(lemma) ?? -1;
  }

  /** The vector of a row, as a view. */
  vector(row: number): Float32Array {
    return this.values.subarray(row * this.dimensions, (row + 1) * this.dimensions);
  }
}

/** Zeros on memory that worker threads can share. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}
