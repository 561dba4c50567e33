import type { PretrainConfig } from "./config.ts";
import type { Progress } from "./saved-state.ts";
import { EVALUATIONS, PACE_STEPS, plannedSteps, stepsWithin } from "./schedule.ts";

type Length = Pick<PretrainConfig, "steps" | "epochs" | "minutes" | "evalInterval">;

/** Decides how many steps a run has, in `progress.totalSteps`, and how often it measures held-out text. */
export class StepPlan {
  readonly #config: Length;
  readonly #progress: Progress;
  readonly #secondsAnEvaluation: number;
  #paceBegan = 0;

  /** @param secondsAnEvaluation how long one held-out measurement takes; 0 when it is not known */
  constructor(config: Length, progress: Progress, secondsAnEvaluation: number) {
    this.#config = config;
    this.#progress = progress;
    this.#secondsAnEvaluation = secondsAnEvaluation;
  }

  /**
   * Sets the steps that are given or follow from the epochs.
   *
   * @param epochSteps batches of one pass over the data
   * @param extended whether a finished run gets another length: given in minutes, it is set by the speed of the run so far
   */
  begin(epochSteps: number, extended: boolean): void {
    const { steps, epochs, minutes } = this.#config;
    const progress = this.#progress;
    const bySteps = steps !== undefined || epochs !== undefined;
    if (bySteps || progress.totalSteps === null) {
      progress.totalSteps = plannedSteps(this.#config, epochSteps) ?? null;
    } else if (extended && minutes !== undefined) {
      const { step: done, seconds } = progress;
      const pace = { done, seconds, secondsAStep: seconds / done, secondsAnEvaluation: 0 };
      progress.totalSteps = stepsWithin(minutes, pace);
    }
  }

  /** Sets the steps by the speed of the first ones when only the time is given. Called after each step. */
  measurePace(): void {
    const { minutes } = this.#config;
    const { step, seconds, totalSteps } = this.#progress;
    if (totalSteps !== null || minutes === undefined) return;
    // The first step is slow: memory is allocated and kernels are chosen.
    if (step <= 1) this.#paceBegan = seconds;
    if (step < PACE_STEPS) return;
    this.#progress.totalSteps = stepsWithin(minutes, {
      done: step,
      seconds,
      secondsAStep: (seconds - this.#paceBegan) / (PACE_STEPS - 1),
      secondsAnEvaluation: this.#secondsAnEvaluation,
    });
  }

  /** Returns whether held-out text is measured after the step that was done last. */
  isMeasured(): boolean {
    const { step, totalSteps } = this.#progress;
    const twentieth = totalSteps === null ? Number.POSITIVE_INFINITY : Math.floor(totalSteps / EVALUATIONS);
    return step % (this.#config.evalInterval ?? Math.max(1, twentieth)) === 0;
  }
}
