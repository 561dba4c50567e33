import { abortError, DialoguePpoError, type ErrorCode } from "../errors.ts";
import type { NativeJob, NativeListener } from "./types.ts";

/** Converts a native error to a DialoguePpoError whose stack starts at the caller of {@link runJob}. */
function translateError(
  error: unknown,
  stackHolder: Error,
  signal: AbortSignal | undefined,
): DialoguePpoError {
  const { message, code } = error as Error & { code?: ErrorCode };
  const translated =
    code === "ERR_ABORTED"
      ? abortError(signal)
      : new DialoguePpoError(code ?? "ERR_INTERNAL", message, { cause: error });
  const frames = stackHolder.stack?.split("\n").slice(1).join("\n") ?? "";
  translated.stack = `${translated.name}: ${translated.message}\n${frames}`;
  return translated;
}

/** Signal and listener of {@link runJob}. */
export interface JobOptions {
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the two numbers of each report of the job. An error that it throws cancels the job. */
  readonly listener?: ((first: number, second: number) => unknown) | undefined;
}

/** Calls a listener until it fails. A failure, also one of a returned promise, is kept and reported to `onFailure`. */
class GuardedListener {
  failure: { readonly error: unknown } | undefined;
  readonly #listener: NonNullable<JobOptions["listener"]>;
  readonly #onFailure: () => void;

  constructor(listener: NonNullable<JobOptions["listener"]>, onFailure: () => void) {
    this.#listener = listener;
    this.#onFailure = onFailure;
  }

  readonly call: NativeListener = (first, second) => {
    if (this.failure) return;
    try {
      const result = this.#listener(first, second);
      if (result instanceof Promise) result.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  };

  #fail(error: unknown): void {
    this.failure ??= { error };
    this.#onFailure();
  }
}

/**
 * Starts a native job, cancels it when the signal aborts or the listener throws, and converts its errors.
 *
 * @param start starts the job with the listener that it receives
 * @returns the result of the job
 * @throws DialoguePpoError ERR_ABORTED with the signal's reason as cause, or the code that the addon reports
 * @throws the error of the listener, unchanged
 */
export async function runJob<T>(
  start: (listener: NativeListener | undefined) => NativeJob<T>,
  { signal, listener }: JobOptions = {},
): Promise<T> {
  // The stack of a native error does not contain the caller, so it is recorded here.
  const stackHolder = new Error();
  if (signal?.aborted) throw abortError(signal);
  let job: NativeJob<T> | undefined;
  const cancel = (): void => job?.cancel();
  const guarded = listener && new GuardedListener(listener, cancel);
  try {
    job = start(guarded?.call);
    signal?.addEventListener("abort", cancel, { once: true });
    const result = await job.promise;
    if (guarded?.failure === undefined) return result;
  } catch (error) {
    if (guarded?.failure === undefined) throw translateError(error, stackHolder, signal);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
  throw guarded.failure.error;
}
