import type { PretrainConfig } from "./config.ts";
import type { Progress } from "./saved-state.ts";
import { EVALUATIONS, PACE_STEPS, plannedSteps, stepsWithin } from "./schedule.ts";

type Length = Pick<PretrainConfig, "steps" | "epochs" | "minutes" | "evalInterval">;

/** Sets the number of steps of a run in `progress.totalSteps`, and decides when held-out text is measured. */
export class StepSchedule {
  readonly #config: Length;
  readonly #progress: Progress;
  readonly #secondsPerEvaluation: number;
  #paceBegan = 0;

  /** @param secondsPerEvaluation duration of a held-out measurement, or 0 if it is not known */
  constructor(config: Length, progress: Progress, secondsPerEvaluation: number) {
    this.#config = config;
    this.#progress = progress;
    this.#secondsPerEvaluation = secondsPerEvaluation;
  }

  /**
   * Sets the number of steps before training, if it is known.
   *
   * @param epochSteps number of batches in an epoch
   * @param extended whether a finished run has another length. A new time limit is converted by the speed of the run so
   *   far.
   */
  begin(epochSteps: number, extended: boolean): void {
    const { steps, epochs, minutes } = this.#config;
    const progress = this.#progress;
    const bySteps = steps !== undefined || epochs !== undefined;
    if (bySteps || progress.totalSteps === null) {
      progress.totalSteps = plannedSteps(this.#config, epochSteps) ?? null;
    } else if (extended && minutes !== undefined) {
      const { step: done, seconds } = progress;
      const pace = { done, seconds, secondsPerStep: seconds / done, secondsPerEvaluation: 0 };
      progress.totalSteps = stepsWithin(minutes, pace);
    }
  }

  /**
   * Sets the number of steps by the speed of the first steps, if time is the only limit. Call it after each step.
   */
  estimateTotalSteps(): void {
    const { minutes } = this.#config;
    const { step, seconds, totalSteps } = this.#progress;
    if (totalSteps !== null || minutes === undefined) return;
    // The first step is slow, because memory is allocated and kernels are chosen. It does not count.
    if (step <= 1) this.#paceBegan = seconds;
    if (step < PACE_STEPS) return;
    this.#progress.totalSteps = stepsWithin(minutes, {
      done: step,
      seconds,
      secondsPerStep: (seconds - this.#paceBegan) / (PACE_STEPS - 1),
      secondsPerEvaluation: this.#secondsPerEvaluation,
    });
  }

  /** Returns whether the held-out text is measured after the step that was done last. */
  isEvaluationDue(): boolean {
    const { step, totalSteps } = this.#progress;
    const defaultInterval =
      totalSteps === null ? Number.POSITIVE_INFINITY : Math.floor(totalSteps / EVALUATIONS);
    return step % (this.#config.evalInterval ?? Math.max(1, defaultInterval)) === 0;
  }
}
