/** Limits of a {@link TextCache}, which bound its memory for a stream of texts. */
export interface TextCacheLimits {
  /** Number of texts after which the cache is emptied. */
  readonly texts: number;
  /** Length of the longest text whose value is kept, in UTF-16 units. */
  readonly length: number;
}

/** Keeps what was computed for short texts, because most of the words and labels of a corpus occur many times. */
export class TextCache<Value extends object> {
  readonly #compute: (text: string) => Value;
  readonly #limits: TextCacheLimits;
  readonly #values = new Map<string, Value>();

  /** @param compute returns the value of a text, which must depend on the text alone */
  constructor(compute: (text: string) => Value, limits: TextCacheLimits) {
    this.#compute = compute;
    this.#limits = limits;
  }

  /** Returns the value of a text. It is shared by all callers, so it must not be changed. */
  get(text: string): Value {
    const known = this.#values.get(text);
    if (known !== undefined) return known;
    const value = this.#compute(text);
    if (text.length <= this.#limits.length) {
      if (this.#values.size >= this.#limits.texts) this.#values.clear();
      this.#values.set(text, value);
    }
    return value;
  }
}
