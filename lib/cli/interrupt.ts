import { printMessage } from "./output.ts";

/** Reason for an abort by a signal such as Ctrl-C. Its message is shown to the user. */
export class Interrupted extends Error {}

/** Abort signals of a run, which SIGINT (Ctrl-C) and SIGTERM trigger. */
export interface Interrupts {
  /** Aborted by the first signal. The run finishes its step and saves a checkpoint. */
  readonly stop: AbortSignal;
  /** Aborted by the second signal, or by the first before any step has started. The run ends at once. */
  readonly signal: AbortSignal;
  /** Marks the start of training, so that the next signal lets the step finish. */
  stepsStarted(): void;
  /** Removes the signal handlers. */
  release(): void;
}

const ignore = (): void => {};

/**
 * Adds a handler for SIGINT and SIGTERM. Ignores SIGHUP, so that a closed terminal does not end a run.
 * @returns a function that removes the handlers
 */
function addSignalHandler(onSignal: (name: NodeJS.Signals) => void): () => void {
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", ignore);
  return () => {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", ignore);
  };
}

/**
 * Handles the signals of a run with steps. The first signal stops the run after its step, the second at once, and the
 * third kills the process.
 */
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
 * Runs work that cannot be resumed. The first Ctrl-C aborts it and the second kills the process.
 *
 * @param work function that stops when its signal is aborted
 * @param outcome text after "interrupted" in the message, which states what was written. With "" there is none
 * @throws Interrupted when the aborted work rejects with the reason of its signal
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
