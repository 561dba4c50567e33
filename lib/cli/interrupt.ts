import { say } from "./output.ts";

/** How the person at the terminal ends a run. */
export interface Interrupts {
  /** Aborted by the first signal: finish the step, keep what was learnt. */
  readonly stop: AbortSignal;
  /** Aborted by the second: end now. */
  readonly signal: AbortSignal;
  /** Goes back to the usual meaning of the signals. */
  release(): void;
}

/** Ctrl-C (or a polite kill) once: stop after the step. Twice: now. A closed terminal does not end a run. */
export function catchInterrupts(): Interrupts {
  const soft = new AbortController();
  const hard = new AbortController();
  const onSignal = (): void => {
    if (soft.signal.aborted) {
      hard.abort(new Error("interrupted twice"));
      return;
    }
    say("\nfinishing the step and saving; once more to stop at once");
    soft.abort(new Error("interrupted"));
  };
  const ignore = (): void => {};
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", ignore);
  return {
    stop: soft.signal,
    signal: hard.signal,
    release: () => {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", ignore);
    },
  };
}
