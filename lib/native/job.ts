import { abortError, DialoguePpoError, type ErrorCode } from "../errors.ts";
import type { NativeJob } from "./types.ts";

/** A native error under our class, with a stack that begins where the caller called. */
function translated(error: unknown, stackHolder: Error, signal: AbortSignal | undefined): DialoguePpoError {
  const { message, code } = error as Error & { code?: ErrorCode };
  const own =
    code === "ERR_ABORTED"
      ? abortError(signal)
      : new DialoguePpoError(code ?? "ERR_INTERNAL", message, { cause: error });
  const frames = stackHolder.stack?.split("\n").slice(1).join("\n") ?? "";
  own.stack = `${own.name}: ${own.message}\n${frames}`;
  return own;
}

/**
 * Starts a native job, ties it to an AbortSignal and translates its errors.
 *
 * @throws DialoguePpoError ERR_ABORTED with the signal's reason as cause; whatever the native side reports
 */
export async function runJob<T>(start: () => NativeJob<T>, signal?: AbortSignal): Promise<T> {
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
    throw translated(error, stackHolder, signal);
  } finally {
    stopListening();
  }
}
