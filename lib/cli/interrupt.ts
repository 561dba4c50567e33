import { printMessage } from "./output.ts";

/** Why work was aborted from the terminal; its message is what the person is told. */
export class Interrupted extends Error {}

/** How the person at the terminal ends a run. */
export interface Interrupts {
  /** Aborted by the first signal: finish the step, keep what was learnt. */
  readonly stop: AbortSignal;
  /** Aborted by the second, or by the first as long as no step has begun: end now. */
  readonly signal: AbortSignal;
  /** From now on there are steps to finish. */
  stepsStarted(): void;
  /** Goes back to the usual meaning of the signals. */
  release(): void;
}

const ignore = (): void => {};

/** Has SIGINT and SIGTERM handled; a closed terminal does not end the work. */
function addSignalHandler(onSignal: (name: NodeJS.Signals) => void): () => void {
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", ignore);
  return () => {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", ignore);
  };
}

/** Ctrl-C (or a polite kill) once: stop after the step. Twice: now. Three times: without a word. */
export function catchInterrupts(): Interrupts {
  const stopController = new AbortController();
  const abortController = new AbortController();
  let hasSteps = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (abortController.signal.aborted) {
      release();
      process.kill(process.pid, name);
    } else if (stopController.signal.aborted) {
      abortController.abort(new Interrupted("stopped at once; what was saved last stays"));
    } else if (!hasSteps) {
      abortController.abort(new Interrupted("interrupted before the first step"));
    } else {
      printMessage("\nfinishing the step and saving; once more to stop at once");
      stopController.abort(new Error("interrupted"));
    }
  };
  const release = addSignalHandler(onSignal);
  return {
    stop: stopController.signal,
    signal: abortController.signal,
    stepsStarted: () => {
      hasSteps = true;
    },
    release,
  };
}

/**
 * Work that is begun again when it is cut short: the first Ctrl-C ends it in order, the second at once.
 *
 * @param outcome what the person is told has become of the results
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  outcome = "nothing was written",
): Promise<T> {
  const abort = new AbortController();
  const release = addSignalHandler((name) => {
    if (abort.signal.aborted) {
      release();
      process.kill(process.pid, name);
    }
    abort.abort(new Interrupted(outcome === "" ? "interrupted" : `interrupted; ${outcome}`));
  });
  try {
    return await work(abort.signal);
  } finally {
    release();
  }
}
