/**
 * Runs tasks in the background, one at a time, between which events are handled. Each task must keep its result, because
 * work ahead is optional: whoever needs a result runs what is still missing.
 */
export class WorkAhead {
  #tasks: (() => unknown)[] = [];
  #scheduled = false;
  readonly #signal: AbortSignal | undefined;

  /** @param signal aborted when no further task shall run */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Adds tasks, which run in this order after the current event. */
  add(...tasks: (() => unknown)[]): void {
    this.#tasks.push(...tasks);
    this.#schedule();
  }

  /** Drops the tasks that have not run. */
  stop(): void {
    this.#tasks = [];
  }

  #schedule(): void {
    if (this.#scheduled || this.#tasks.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#runNext();
    });
  }

  #runNext(): void {
    if (this.#signal?.aborted) this.stop();
    try {
      this.#tasks.shift()?.();
    } catch {
      // The caller meets the same error when it runs the task itself, where it can handle it.
      this.stop();
    }
    this.#schedule();
  }
}
