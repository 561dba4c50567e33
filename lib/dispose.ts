/** A model or trainer, whose memory lies outside of JavaScript. */
export interface Disposable {
  dispose(): Promise<void>;
}

/** Frees objects one after the other. */
export async function disposeAll(objects: readonly (Disposable | undefined)[]): Promise<void> {
  for (const object of objects) await object?.dispose();
}

/**
 * Runs work that needs objects which its caller goes on to use. If the work fails, frees them: nobody else would before
 * the garbage collector does, which does not see how much memory a model takes.
 */
export async function disposeOnError<T>(
  objects: readonly (Disposable | undefined)[],
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await disposeAll(objects);
    throw error;
  }
}
