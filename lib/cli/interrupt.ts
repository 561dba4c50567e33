import { say } from "./output.ts";

/** Why work was aborted from the terminal; its message is what the person is told. */
export class Interrupted extends Error {}

/** How the person at the terminal ends a run. */
export interface Interrupts {
  /** Aborted by the first signal: finish the step, keep what was learnt. */
  readonly stop: AbortSignal;
  /** Aborted by the second, or by the first as long as no step has begun: end now. */
  readonly signal: AbortSignal;
  /** From now on there are steps to finish. */
  begun(): void;
  /** Goes back to the usual meaning of the signals. */
  release(): void;
}

const ignore = (): void => {};

/** Has SIGINT and SIGTERM handled; a closed terminal does not end the work. */
function listen(onSignal: (name: NodeJS.Signals) => void): () => void {
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", ignore);
  return () => {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", ignore);
  };
}

/** Ctrl-C (or a polite kill) once: stop after the step. Twice: now. Three times: without a word. */
export function catchInterrupts(): Interrupts {
  const soft = new AbortController();
  const hard = new AbortController();
  let stepping = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (hard.signal.aborted) {
      release();
      process.kill(process.pid, name);
    } else if (soft.signal.aborted) {
      hard.abort(new Interrupted("stopped at once; what was saved last stays"));
    } else if (!stepping) {
      hard.abort(new Interrupted("interrupted before the first step"));
    } else {
      say("\nfinishing the step and saving; once more to stop at once");
      soft.abort(new Error("interrupted"));
    }
  };
  const release = listen(onSignal);
  return {
    stop: soft.signal,
    signal: hard.signal,
    begun: () => {
      stepping = true;
    },
    release,
  };
}

/**
 * Work that is begun again when it is cut short: the first Ctrl-C ends it in order, the second at once.
 *
 * @param left what the person is told has become of the results
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  left = "nothing was written",
): Promise<T> {
  const abort = new AbortController();
  const release = listen((name) => {
    if (abort.signal.aborted) {
      release();
      process.kill(process.pid, name);
    }
    abort.abort(new Interrupted(left === "" ? "interrupted" : `interrupted; ${left}`));
  });
  try {
    return await work(abort.signal);
  } finally {
    release();
  }
}
