import { removeOwnPartials } from "../files/partial.ts";
import { printMessage } from "./output.ts";

/** Reason for an abort by a signal such as Ctrl-C. Its message is shown to the user. */
export class Interrupted extends Error {}

/** Abort signals of a run, which SIGINT (Ctrl-C), SIGTERM and the warnings of schedulers trigger. */
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
 * Signals with which schedulers warn a job before its time is up. They stop a command as SIGTERM does, but a scheduler
 * can repeat them, so a repetition does not stop it at once.
 */
const WARNINGS: readonly NodeJS.Signals[] = ["SIGUSR1", "SIGUSR2", "SIGXCPU"];
const STOPS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", ...WARNINGS];

/** Number of handlers of {@link addSignalHandler} that have not been removed. */
let handlers = 0;

/** Whether a run has stopped for a signal, so that only the end of the process is left. */
let hasStopped = false;

/**
 * Handles signals while no command does. The warnings of schedulers end the process as SIGTERM does, but not after a
 * run has stopped for a signal: a repetition must not change the exit code with which the process ends. Without a
 * listener, Node opens the port of its debugger on SIGUSR1. SIGHUP is ignored as within a command; Node undoes what
 * nohup sets.
 */
export function handleSignalsOutsideCommands(): void {
  process.on("SIGHUP", ignore);
  for (const name of WARNINGS) {
    process.on(name, () => {
      if (handlers === 0 && !hasStopped) process.kill(process.pid, "SIGTERM");
    });
  }
}

/** Ends the process by a signal whose handlers have been removed. Outputs that are not complete go. */
function killProcess(name: NodeJS.Signals): void {
  removeOwnPartials();
  process.kill(process.pid, name);
}

/**
 * Adds a handler for the signals that stop a command. Ignores SIGHUP, so that a closed terminal does not end a run.
 *
 * @param onFirst called with the first signal
 * @param onRepeat called with every later one that is not a scheduler's warning
 * @returns a function that removes the handlers
 */
function addSignalHandler(onFirst: () => void, onRepeat: (name: NodeJS.Signals) => void): () => void {
  let stopping = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (!stopping) onFirst();
    else if (!WARNINGS.includes(name)) onRepeat(name);
    stopping = true;
  };
  for (const name of STOPS) process.on(name, onSignal);
  process.on("SIGHUP", ignore);
  handlers += 1;
  let released = false;
  return () => {
    for (const name of STOPS) process.off(name, onSignal);
    process.off("SIGHUP", ignore);
    if (!released) handlers -= 1;
    released = true;
  };
}

/**
 * Handles the signals of a run with steps. The first signal stops the run after its step, the second at once, and the
 * third kills the process. A scheduler's warning counts only as the first.
 */
export function catchInterrupts(): Interrupts {
  const stopController = new AbortController();
  const abortController = new AbortController();
  let hasSteps = false;
  const onFirst = (): void => {
    if (!hasSteps) {
      abortController.abort(new Interrupted("interrupted before the first step"));
    } else {
      printMessage("\nfinishing the step and saving; once more to stop at once");
      stopController.abort(new Error("interrupted"));
    }
  };
  const onRepeat = (name: NodeJS.Signals): void => {
    if (abortController.signal.aborted) {
      release();
      killProcess(name);
    } else {
      abortController.abort(new Interrupted("stopped at once; what was saved last stays"));
    }
  };
  const release = addSignalHandler(onFirst, onRepeat);
  return {
    stop: stopController.signal,
    signal: abortController.signal,
    stepsStarted: () => {
      hasSteps = true;
    },
    release: () => {
      hasStopped ||= stopController.signal.aborted || abortController.signal.aborted;
      release();
    },
  };
}

/**
 * Runs work that cannot be resumed. The first Ctrl-C aborts it and the second kills the process.
 *
 * @param work function that stops when its signal is aborted
 * @param outcome text after "interrupted" in the message, which states what was written. With "", nothing follows
 * @throws Interrupted when the aborted work rejects with the reason of its signal
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  outcome = "nothing was written",
): Promise<T> {
  const abort = new AbortController();
  const release = addSignalHandler(
    () => abort.abort(new Interrupted(outcome === "" ? "interrupted" : `interrupted; ${outcome}`)),
    (name) => {
      release();
      killProcess(name);
    },
  );
  try {
    return await work(abort.signal);
  } finally {
    release();
  }
}
