// Counts tries and what was wrong with them.

/** The tries of one kind of fault. */
export class Tally {
  tries = 0;
  held = 0;
  /** What was wrong, with the number of tries. */
  failures = new Map();
  #say;

  constructor(say) {
    this.#say = say;
  }

  /**
   * Counts a try.
   *
   * @param what the try, for messages
   * @param wrong what was wrong with it; undefined when it held
   */
  add(what, wrong) {
    this.tries += 1;
    if (wrong === undefined) {
      this.held += 1;
      return;
    }
    this.#say(`${what}: ${wrong}`);
    const text = `${what}: ${wrong}`;
    this.failures.set(text, (this.failures.get(text) ?? 0) + 1);
  }

  /** Returns the tally for a report. */
  result(happened) {
    const failures = [...this.failures].map(([text, count]) =>
      count === 1 ? text : `${text} (${count} times)`,
    );
    return { tries: this.tries, held: this.held, happened, failures };
  }
}
