/**
 * A list that can be read any number of times. Its items may be read from a file, or made, whenever they are needed.
 */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  /** Returns an item by its index, from 0; undefined beyond the end. */
  at(index: number): T | undefined;
}

/** A list of items that are made from some items of another list whenever they are needed. */
export class MappedList<Source, T> implements List<T> {
  readonly #source: List<Source>;
  readonly #indices: Int32Array;
  readonly #map: (item: Source, position: number) => T;

  /**
   * @param indices positions in the source of the items, in order
   * @param map makes an item from that of the source; the second argument is the position in this list
   */
  constructor(source: List<Source>, indices: ArrayLike<number>, map: (item: Source, position: number) => T) {
    this.#source = source;
    this.#indices = Int32Array.from(indices);
    this.#map = map;
  }

  get length(): number {
    return this.#indices.length;
  }

  at(index: number): T | undefined {
    const source = this.#indices[index];
    return source === undefined ? undefined : this.#map(this.#source.at(source) as Source, index);
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.length; index++) yield this.at(index) as T;
  }
}
