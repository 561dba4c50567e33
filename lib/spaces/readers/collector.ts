import { fileError } from "../meta.ts";
import { type SpaceKind, sharedFloats, WordVectors } from "../vectors.ts";

/** Of a word that comes twice once its case is gone: `lowercase` keeps the first, but prefers one in lower case; `last` the last. */
export type DuplicateRule = "lowercase" | "last";

/** Gathers words and vectors of a file whose length is not known beforehand. */
export class VectorCollector {
  readonly #dimensions: number;
  readonly #rule: DuplicateRule;
  readonly #rows = new Map<string, number>();
  /** Whether a row's word came in lower case. */
  readonly #exact: boolean[] = [];
  #values: Float32Array;

  constructor(dimensions: number, rule: DuplicateRule) {
    this.#dimensions = dimensions;
    this.#rule = rule;
    this.#values = new Float32Array(1024 * dimensions);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** @param place file and line, for the error that a value that is no finite number gives */
  add(word: string, vector: ArrayLike<number>, place: string): void {
    for (let index = 0; index < this.#dimensions; index++) {
      // Values are kept as float32, in which a larger number would become infinite.
      if (!Number.isFinite(Math.fround(vector[index] as number))) {
        throw fileError(
          place,
          `${this.#dimensions} finite numbers after the word, number ${index + 1} is none`,
        );
      }
    }
    const lower = word.toLowerCase();
    const row = this.#rowFor(lower, word === lower);
    if (row !== undefined) this.#values.set(vector, row * this.#dimensions);
  }

  /** Where a word's vector belongs; undefined when the one that is there stays. */
  #rowFor(word: string, exact: boolean): number | undefined {
    const known = this.#rows.get(word);
    if (known === undefined) {
      const row = this.#rows.size;
      this.#rows.set(word, row);
      this.#exact.push(exact);
      this.#reserve((row + 1) * this.#dimensions);
      return row;
    }
    if (this.#rule === "lowercase" && (this.#exact[known] || !exact)) return undefined;
    this.#exact[known] = exact;
    return known;
  }

  #reserve(length: number): void {
    if (length <= this.#values.length) return;
    const larger = new Float32Array(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }

  /** @throws DialoguePpoError ERR_DATA when there is no word at all */
  finish(kind: SpaceKind, file: string): WordVectors {
    if (this.#rows.size === 0) throw fileError(file, "words with vectors, there are none");
    const values = sharedFloats(this.#rows.size * this.#dimensions);
    values.set(this.#values.subarray(0, values.length));
    return new WordVectors(kind, this.#dimensions, [...this.#rows.keys()], values);
  }
}
