/** A model or trainer, whose memory lies outside of JavaScript. */
interface NativeResource {
  dispose(): Promise<void>;
}

/** Frees objects one after the other. */
export async function disposeAll(objects: readonly (NativeResource | undefined)[]): Promise<void> {
  for (const object of objects) await object?.dispose();
}

/** Keeps an object for the case that the work fails, and returns it. */
export type Keep = <T extends NativeResource>(object: T) => T;

/**
 * Runs work that loads objects. If it fails, frees those that it has kept, the newest first: nobody else would before
 * the garbage collector does, which does not see how much memory a model takes.
 */
export async function disposeOnError<T>(work: (keep: Keep) => Promise<T>): Promise<T> {
  const kept: NativeResource[] = [];
  try {
    return await work((object) => {
      kept.push(object);
      return object;
    });
  } catch (error) {
    await disposeAll(kept.toReversed());
    throw error;
  }
}
