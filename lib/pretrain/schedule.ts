import type { PretrainConfig } from "./config.ts";
import type { Progress } from "./saved-state.ts";

/** Number of steps by which a run whose only limit is time measures its speed. */
const PACE_STEPS = 12;

/** Share of the time limit that steps may use. The rest is for the last measurement and for saving. */
const USABLE_TIME_SHARE = 0.94;

/** Number of held-out measurements in a run if no interval is given. */
const EVALUATIONS = 20;

/**
 * Default length of a run: a number of epochs, but at least a number of steps, because a small corpus needs more
 * epochs.
 */
const DEFAULT_LENGTH = { epochs: 10, steps: 200 };

/**
 * Default length of the warm-up: a number of steps, but at most a share of the run, so that a short run reaches the
 * highest rate.
 */
const DEFAULT_WARMUP = { steps: 100, share: 0.1 };

/**
 * Returns the number of steps of the whole run, by the given steps, the given epochs or the default length.
 *
 * @param epochSteps number of batches in an epoch
 * @returns undefined if only a time limit is given
 */
export function plannedSteps(
  config: Pick<PretrainConfig, "steps" | "epochs" | "minutes">,
  epochSteps: number,
): number | undefined {
  const { steps, epochs, minutes } = config;
  if (steps !== undefined) return steps;
  if (epochs !== undefined) return epochs * epochSteps;
  if (minutes !== undefined) return undefined;
  return Math.max(DEFAULT_LENGTH.epochs * epochSteps, DEFAULT_LENGTH.steps);
}

/** Returns the number of warm-up steps: the given one, or by default 100 or a tenth of a shorter run. */
export function plannedWarmup(given: number | undefined, totalSteps: number | undefined): number {
  if (given !== undefined) return given;
  const share = Math.floor((totalSteps ?? Number.POSITIVE_INFINITY) * DEFAULT_WARMUP.share);
  return Math.min(DEFAULT_WARMUP.steps, share);
}

/**
 * Returns the number of steps that fit into a time limit at the speed so far, with time for the held-out measurements.
 * It is at least one more than the number of steps that are done.
 *
 * @param pace.done number of steps that are done
 * @param pace.seconds time spent so far
 */
export function stepsWithin(
  minutes: number,
  pace: { done: number; seconds: number; secondsPerStep: number; secondsPerEvaluation: number },
): number {
  const left = minutes * 60 * USABLE_TIME_SHARE - pace.seconds - EVALUATIONS * pace.secondsPerEvaluation;
  return Math.max(pace.done + 1, pace.done + Math.floor(left / pace.secondsPerStep));
}

type LengthOptions = Pick<PretrainConfig, "steps" | "epochs" | "minutes" | "evalInterval">;

/** Sets the number of steps of a run in `progress.totalSteps`, and decides when held-out text is measured. */
export class StepSchedule {
  readonly #config: LengthOptions;
  readonly #progress: Progress;
  readonly #secondsPerEvaluation: number;
  #paceBegan = 0;

  /** @param secondsPerEvaluation duration of a held-out measurement, or 0 if it is not known */
  constructor(config: LengthOptions, progress: Progress, secondsPerEvaluation: number) {
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
