import { abortError } from "./errors.ts";

/**
 * Lets pending events run, so that an interrupt is noticed during long synchronous work.
 * @throws DialoguePpoError ERR_ABORTED if the signal is aborted
 */
export async function yieldToEventLoop(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw abortError(signal);
}
