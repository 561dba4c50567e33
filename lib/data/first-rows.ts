import { createHash } from "node:crypto";

/**
 * Returns a whole number below 2^53, and above 0, that stands for a text. Of a million texts, two share one with a
 * chance of 1 in 18,000.
 */
function hashOf(text: string): number {
  const bits = createHash("sha256").update(text).digest().readBigUInt64BE() >> 11n;
  return Number(bits) || 1;
}

/**
 * The row in which each id of a file occurs first. Ids are kept as hashes, so that a row takes 24 to 48 bytes, however
 * long its id is.
 */
export class FirstRows {
  /**
   * Open addressing: the hash of an id lies at the first free place from that of its low bits. 0 marks a free place.
   */
  #hashes = new Float64Array(2048);
  #rows = new Uint32Array(2048);
  #count = 0;

  /** Returns the row in which an id occurred before; otherwise remembers `row` for it and returns undefined. */
  add(id: string, row: number): number | undefined {
    if (2 * (this.#count + 1) > this.#hashes.length) this.#grow();
    const hash = hashOf(id);
    const place = this.#placeOf(hash);
    if (this.#hashes[place] === hash) return this.#rows[place];
    this.#put(place, hash, row);
    this.#count += 1;
    return undefined;
  }

  /** Returns where a hash lies, or the free place for it. */
  #placeOf(hash: number): number {
    const last = this.#hashes.length - 1;
    let place = hash % this.#hashes.length;
    while (this.#hashes[place] !== 0 && this.#hashes[place] !== hash) place = place === last ? 0 : place + 1;
    return place;
  }

  #put(place: number, hash: number, row: number): void {
    this.#hashes[place] = hash;
    this.#rows[place] = row;
  }

  #grow(): void {
    const [hashes, rows] = [this.#hashes, this.#rows];
    this.#hashes = new Float64Array(2 * hashes.length);
    this.#rows = new Uint32Array(2 * hashes.length);
    hashes.forEach((hash, at) => {
      if (hash !== 0) this.#put(this.#placeOf(hash), hash, rows[at] as number);
    });
  }
}
