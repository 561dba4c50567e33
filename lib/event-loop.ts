import { abortError } from "./errors.ts";

/**
 * Lets pending events run, so that an interrupt is noticed during long synchronous work.
 * @throws DialoguePpoError ERR_ABORTED if the signal is aborted
 */
export async function yieldToEventLoop(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw abortError(signal);
}

/** Milliseconds of synchronous work between two pauses for pending events. */
const WORK_BETWEEN_EVENTS = 100;

/**
 * Returns a function to be awaited between units of synchronous work. It lets pending events run at the first call, and
 * again when a tenth of a second has passed since it last did, so that its cost does not depend on the size of the
 * units.
 *
 * @returns a function that rejects with DialoguePpoError ERR_ABORTED if the signal is aborted
 */
export function createPauses(signal: AbortSignal | undefined): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - last < WORK_BETWEEN_EVENTS) return;
    await yieldToEventLoop(signal);
    last = performance.now();
  };
}
