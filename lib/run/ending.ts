/** Why a run ends between two steps: its steps are done, those of this invocation are, or a signal stopped it. */
export type StepEnding = "steps" | "stopAfter" | "interrupted";

/** How far an invocation goes. */
export interface StepLimits {
  /** Last step of the run; null while it is not known. */
  readonly totalSteps: number | null;
  /** Steps that were done before this invocation. Default 0. */
  readonly first?: number;
  /** Steps after which this invocation ends. */
  readonly stopAfter?: number | undefined;
  /** Ends the run after the step under way. */
  readonly stop?: AbortSignal | undefined;
}

/** Returns why a run ends after a step, or undefined when it goes on. */
export function endingAfter(step: number, limits: StepLimits): StepEnding | undefined {
  const { totalSteps, first = 0, stopAfter, stop } = limits;
  if (totalSteps !== null && step >= totalSteps) return "steps";
  if (stopAfter !== undefined && step - first >= stopAfter) return "stopAfter";
  return stop?.aborted ? "interrupted" : undefined;
}
