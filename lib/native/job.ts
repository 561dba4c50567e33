import { abortError, DialoguePpoError, type ErrorCode } from "../errors.ts";
import type { NativeJob } from "./types.ts";

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

/**
 * Starts a native job, cancels it when the signal aborts, and converts its errors.
 *
 * @returns the result of the job
 * @throws DialoguePpoError ERR_ABORTED with the signal's reason as cause, or the code that the addon reports
 */
export async function runJob<T>(start: () => NativeJob<T>, signal?: AbortSignal): Promise<T> {
  // The stack of a native error does not contain the caller, so it is recorded here.
  const stackHolder = new Error();
  if (signal?.aborted) throw abortError(signal);
  let stopListening = (): void => {};
  try {
    const job = start();
    if (signal) {
      const cancel = (): void => job.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      stopListening = () => signal.removeEventListener("abort", cancel);
    }
    return await job.promise;
  } catch (error) {
    throw translateError(error, stackHolder, signal);
  } finally {
    stopListening();
  }
}
