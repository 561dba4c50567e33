import { abortError, DialoguePpoError } from "../errors.ts";

/** How long to wait for work that may take no notice of an abort signal. */
export interface WaitLimit {
  /** The work, as the subject of the error message: "the reward". */
  readonly what: string;
  /** Option that sets the time, for the error message. */
  readonly option: string;
  /** Longest time in seconds. Default: no limit. */
  readonly seconds: number | undefined;
  /** Ends the wait at once with ERR_ABORTED. */
  readonly signal: AbortSignal | undefined;
}

/** Ends a wait when its time is over or its signal is aborted, even if the work itself goes on. */
export class Deadline {
  readonly #limit: WaitLimit;
  readonly #controller = new AbortController();
  readonly #end = (): void => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;

  constructor(limit: WaitLimit) {
    this.#limit = limit;
    if (limit.signal?.aborted) this.#end();
    limit.signal?.addEventListener("abort", this.#end, { once: true });
  }

  /** Aborted when the wait must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the clock. */
  start(): void {
    const { seconds } = this.#limit;
    if (seconds === undefined) return;
    this.#timer = setTimeout(this.#end, seconds * 1000);
  }

  /** Stops the clock, and stops listening to the signal of the limit. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#limit.signal?.removeEventListener("abort", this.#end);
  }

  /** The error of a wait that ended: ERR_TIMEOUT when its time was over, otherwise ERR_ABORTED. */
  get error(): DialoguePpoError {
    const { what, seconds, option, signal } = this.#limit;
    if (signal?.aborted) return abortError(signal);
    return new DialoguePpoError("ERR_TIMEOUT", `${what} gave no result within ${seconds} s (${option})`);
  }

  /** Waits for a promise until the deadline. A result or an error that comes later is ignored. */
  async wait<T>(work: Promise<T>): Promise<T> {
    let end = (): void => {};
    const ended = new Promise<never>((_, reject) => {
      end = () => reject(this.error);
      if (this.signal.aborted) end();
      this.signal.addEventListener("abort", end, { once: true });
    });
    try {
      return await Promise.race([work, ended]);
    } finally {
      this.signal.removeEventListener("abort", end);
    }
  }
}

/**
 * Calls a function of the user, such as a reward, and waits for its result within a limit.
 *
 * @param work gets a signal that is aborted when the wait ends
 * @throws DialoguePpoError ERR_TIMEOUT, ERR_ABORTED
 */
export async function callWithin<T>(limit: WaitLimit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new Deadline(limit);
  deadline.start();
  try {
    return await deadline.wait(work(deadline.signal));
  } finally {
    deadline.stop();
  }
}
