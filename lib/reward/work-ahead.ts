/**
 * Runs tasks in the background, one at a time, between which events are handled. A task can return a promise. Each task
 * must keep its result, because work ahead is optional: whoever needs a result runs what is still missing.
 */
export class WorkAhead {
  #tasks: (() => unknown)[] = [];
  #busy = false;
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
    if (this.#busy || this.#tasks.length === 0) return;
    this.#busy = true;
    setImmediate(async () => {
      await this.#runNext();
      this.#busy = false;
      this.#schedule();
    });
  }

  async #runNext(): Promise<void> {
    if (this.#signal?.aborted) this.stop();
    try {
      await this.#tasks.shift()?.();
    } catch {
      // The caller meets the same error when it runs the task itself, where it can handle it.
      this.stop();
    }
  }
}
