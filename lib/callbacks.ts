import { abortError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { isPromise } from "./values.ts";

type Callback = (...values: never[]) => unknown;

/** What a {@link CallbackGuard} knows of the call whose functions it guards. */
export interface GuardOptions {
  /** Signal of the call. After it was aborted, the call fails with ERR_ABORTED, whatever the functions then do. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a function has failed. */
  readonly onFailure?: () => void;
}

/**
 * Calls functions that a program passed, until one fails: it throws, or the promise that it returned is rejected.
 * Without it, such a rejection would end the process.
 */
export class CallbackGuard {
  /** The first failure. */
  failure: { readonly error: unknown } | undefined;
  readonly #pending = new Set<Promise<void>>();
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** Calls a function unless one has failed. Throws nothing. */
  call<Values extends unknown[]>(callback: (...values: Values) => unknown, values: Values): void {
    if (this.failure !== undefined) return;
    try {
      const result = callback(...values);
      if (!isPromise(result)) return;
      const settled = Promise.resolve(result)
        .then(
          () => {},
          (error: unknown) => this.#fail(error),
        )
        .finally(() => this.#pending.delete(settled));
      this.#pending.add(settled);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @throws the error of the first function that failed */
  throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  /**
   * Waits for the promises of the functions. To be called when the work is done.
   * @throws the error of the first function that failed
   * @throws DialoguePpoError ERR_ABORTED when the signal is aborted while a promise is pending
   */
  async settle(): Promise<void> {
    if (this.#pending.size > 0) await this.#wait(Promise.all(this.#pending));
    this.throwFailure();
  }

  #fail(error: unknown): void {
    const { signal, onFailure } = this.#options;
    // A function that uses the same signal is rejected by the abort too, perhaps before the work is.
    this.failure ??= { error: signal?.aborted ? abortError(signal) : error };
    onFailure?.();
  }

  async #wait(work: Promise<unknown>): Promise<void> {
    const { signal } = this.#options;
    let abort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(abortError(signal));
    });
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    await Promise.race([work, aborted]).finally(() => signal?.removeEventListener("abort", abort));
  }
}

/** The options of a call whose callbacks and log may be async functions. */
interface GuardedCall<Call> {
  /** The options with guarded callbacks and log. When one has failed, the next call of any throws its error. */
  readonly call: Call;
  readonly guard: CallbackGuard;
}

function guardCallbacks<Call extends object>(options: Call): GuardedCall<Call> {
  const guard = new CallbackGuard({ signal: (options as { signal?: AbortSignal }).signal });
  const guarded =
    (callback: Callback): Callback =>
    (...values) => {
      guard.call(callback, values);
      guard.throwFailure();
    };
  const guardOption = ([name, value]: [string, unknown]): [string, unknown] => {
    if (name === "log" && value !== undefined) {
      const log = value as Logger;
      return [
        name,
        {
          info: guarded((line: string) => log.info(line)),
          warn: guarded((line: string) => log.warn(line)),
        },
      ];
    }
    // What a reward returns is awaited where it is used.
    return [name, typeof value === "function" && name !== "reward" ? guarded(value as Callback) : value];
  };
  return { call: Object.fromEntries(Object.entries(options).map(guardOption)) as Call, guard };
}

/**
 * Does the work of a call whose callbacks and log may be async functions. As with Promise.all, the call succeeds when
 * the work and all promises that they returned have succeeded, and fails with the error of the first that fails. An
 * error of the work ends the call without waiting for the promises.
 *
 * @param options options of the call: functions, `log` and `signal` among them
 * @throws what the work or a callback throws
 */
export async function withCallbacks<Call extends object, Result>(
  options: Call,
  work: (call: Call) => Promise<Result>,
): Promise<Result> {
  const { call, guard } = guardCallbacks(options);
  const result = await work(call);
  await guard.settle();
  return result;
}

/** Does the same for a call that yields steps. A caller that leaves its loop early waits for the promises too. */
export async function* stepsWithCallbacks<Call extends object, Step, Result>(
  options: Call,
  work: (call: Call) => AsyncGenerator<Step, Result>,
): AsyncGenerator<Step, Result> {
  const { call, guard } = guardCallbacks(options);
  let failed = false;
  try {
    return yield* work(call);
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    if (!failed) await guard.settle();
  }
}
