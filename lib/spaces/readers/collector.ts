import type { SpaceKind } from "../../taaco/types.ts";
import { fileError } from "../meta.ts";
import { sharedFloats, WordVectors } from "../vectors.ts";

/**
 * Rule for words that are equal after lower-casing. `lowercase` keeps the first that is in lower case in the file, or
 * else the first. `last` keeps the last.
 */
export type DuplicateRule = "lowercase" | "last";

/** Collects the words and vectors of a file whose number of words is not known in advance. */
export class VectorCollector {
  readonly #dimensions: number;
  readonly #rule: DuplicateRule;
  readonly #rows = new Map<string, number>();
  /** Whether the word of a row was in lower case in the file. */
  readonly #isLowerCase: boolean[] = [];
  #values: Float32Array;

  constructor(dimensions: number, rule: DuplicateRule) {
    this.#dimensions = dimensions;
    this.#rule = rule;
    this.#values = new Float32Array(1024 * dimensions);
  }

  /** Number of words so far. */
  get size(): number {
    return this.#rows.size;
  }

  /**
   * Adds a word and its vector.
   * @param place file and line, for the error message
   * @throws DialoguePpoError ERR_DATA when a component is not a finite float32 number
   */
  add(word: string, vector: ArrayLike<number>, place: string): void {
    for (let index = 0; index < this.#dimensions; index++) {
      // The values are stored as float32, in which a large number becomes infinite.
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

  /** Returns the row for a word's vector; undefined when the earlier vector of the word is kept. */
  #rowFor(word: string, isLowerCase: boolean): number | undefined {
    const known = this.#rows.get(word);
    if (known === undefined) {
      const row = this.#rows.size;
      this.#rows.set(word, row);
      this.#isLowerCase.push(isLowerCase);
      this.#reserve((row + 1) * this.#dimensions);
      return row;
    }
    if (this.#rule === "lowercase" && (this.#isLowerCase[known] || !isLowerCase)) return undefined;
    this.#isLowerCase[known] = isLowerCase;
    return known;
  }

  #reserve(length: number): void {
    if (length <= this.#values.length) return;
    const larger = new Float32Array(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }

  /**
   * Returns the space of all words.
   * @throws DialoguePpoError ERR_DATA when there are no words
   */
  finish(kind: SpaceKind, file: string): WordVectors {
    if (this.#rows.size === 0) throw fileError(file, "words with vectors, there are none");
    const values = sharedFloats(this.#rows.size * this.#dimensions);
    values.set(this.#values.subarray(0, values.length));
    return new WordVectors(kind, this.#dimensions, [...this.#rows.keys()], values);
  }
}
