/**
 * Why a run ends after a step: all its steps are done, the steps of this invocation are done, or a signal interrupted
 * it.
 */
export type StepEnding = "steps" | "stopAfter" | "interrupted";

/** The limits of one invocation of a run. */
export interface StepLimits {
  /** Number of the last step of the run; null while it is not known. */
  readonly totalSteps: number | null;
  /** Number of steps done before this invocation. Default 0. */
  readonly first?: number;
  /** Number of steps after which this invocation ends. Default: no limit. */
  readonly stopAfter?: number | undefined;
  /** Whether any process of the run has been told to stop after the current step. */
  readonly isStopped: boolean;
}

/** Returns why a run ends after a step, or undefined when it goes on. */
export function endingAfter(step: number, limits: StepLimits): StepEnding | undefined {
  const { totalSteps, first = 0, stopAfter, isStopped } = limits;
  if (totalSteps !== null && step >= totalSteps) return "steps";
  if (stopAfter !== undefined && step - first >= stopAfter) return "stopAfter";
  return isStopped ? "interrupted" : undefined;
}
