import { CallbackGuard } from "../callbacks.ts";
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
  /**
   * Called with the two numbers of each report of the job. An error that it throws cancels the job, and so does a
   * rejection of a promise that it returned. The promises are awaited before the result is returned.
   */
  readonly listener?: ((first: number, second: number) => unknown) | undefined;
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
  const guard = new CallbackGuard({ signal, onFailure: cancel });
  const guarded = listener && ((first: number, second: number) => guard.call(listener, [first, second]));
  try {
    job = start(guarded);
    signal?.addEventListener("abort", cancel, { once: true });
    const result = await job.promise;
    await guard.settle();
    return result;
  } catch (error) {
    guard.throwFailure();
    throw translateError(error, stackHolder, signal);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
