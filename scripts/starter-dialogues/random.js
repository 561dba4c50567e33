// A small random number generator, so that the same seed always writes the same dialogues.

/** Draws numbers and items; the same seed gives the same draws (mulberry32). */
export class Draw {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** Returns a number in [0, 1). */
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns an integer from 0 to `count` - 1. */
  below(count) {
    return Math.floor(this.unit() * count);
  }

  /** Returns one item. */
  pick(items) {
    return items[this.below(items.length)];
  }

  /** Returns the items in random order. */
  shuffled(items) {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [result[last], result[other]] = [result[other], result[last]];
    }
    return result;
  }
}
