import type { CallOptions } from "../call.ts";
import { abortError, DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Group } from "../group/group.ts";
import { silentLogger } from "../log.ts";
import { isNotFiniteError } from "../model/finite.ts";
import { PRETRAIN_OPTIONS } from "../options/tables/pretrain.ts";
import { endingAfter } from "../run/ending.ts";
import type { FolderLock } from "../run/lock.ts";
import { storedConfig } from "../run/stored-config.ts";
import { type Batches, makeBatches, nextBatch } from "./batches.ts";
import type { PretrainComponents } from "./components.ts";
import type { PretrainConfig } from "./config.ts";
import type { PretrainCorpus } from "./corpus.ts";
import { addMeasure, measureHeldOut, stillFalling } from "./held-out.ts";
import { type PretrainEvaluationRecord, PretrainLog, type PretrainRecord } from "./log.ts";
import { type Ending, writeModel } from "./output-folder.ts";
import { bestWeights, type Progress, saveState } from "./saved-state.ts";
import { plannedWarmup, StepSchedule } from "./schedule.ts";

/** Options of a program that calls `pretrain`. */
export interface PretrainOptions extends CallOptions {
  /**
   * Whether to resume the run in the output folder, or the folder of the run to resume. If there is none, a new run
   * begins.
   */
  readonly resume?: boolean | string | undefined;
  /** Whether the files of the state are compared with their SHA-256. Default true. */
  readonly verify?: boolean | undefined;
  /** Signal that ends the run after the current step and saves its state, so that it can be resumed. */
  readonly stop?: AbortSignal | undefined;
  /** Called with each record after it is written to the log. */
  readonly onRecord?: ((record: PretrainRecord, progress: Readonly<Progress>) => void) | undefined;
}

/** The configuration, data and components of a run. */
export interface RunParts {
  /** The processes that share the work. */
  readonly group: Group;
  readonly config: PretrainConfig;
  readonly corpus: PretrainCorpus;
  readonly components: PretrainComponents;
  /** Saved state from which the run continues. */
  readonly from?: ResumedState | undefined;
  /** Lock of the output folder; undefined in a process that does not write. */
  readonly lock: FolderLock | undefined;
}

/** A saved state from which a run continues. */
export interface ResumedState {
  /** Folder of the state. */
  readonly folder: string;
  readonly progress: Progress;
  /** Whether the run had finished and now has another length. */
  readonly extended: boolean;
}

const START: Progress = {
  step: 0,
  epoch: 0,
  batch: 0,
  tokens: 0,
  seconds: 0,
  totalSteps: null,
  best: null,
  worse: 0,
};

/** @throws DialoguePpoError ERR_CONFIG when a run has done more steps than it is now given */
function requireFurtherSteps({ step, totalSteps }: Progress): void {
  if (totalSteps === null || totalSteps >= step) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `the run has done ${formatCount(step, "step")} already, more than the ${totalSteps} that are asked for; ` +
      "pass a larger --steps or --epochs to continue",
  );
}

/** Returns a warning if the warm-up is at least as long as the run. */
function warmupWarning({ warmupSteps = 0 }: PretrainConfig, { totalSteps }: Progress): string | undefined {
  if (totalSteps === null || warmupSteps < totalSteps) return undefined;
  const steps = formatCount(totalSteps, "step");
  return `--warmup-steps ${warmupSteps}: the run has ${steps}, so its learning rate never comes down`;
}

const memoryWarning = (parts: number): string =>
  `memory was exhausted, so each batch is now computed in ${parts} parts: results are the same up to rounding, but a step ` +
  "takes longer; lower --batch-size";

/** Returns a warning if the perplexity was still falling, so that a longer run would give a better model. */
function fallingWarning(evaluations: readonly PretrainEvaluationRecord[]): string | undefined {
  const [before, last] = stillFalling(evaluations) ?? [];
  if (before === undefined || last === undefined) return undefined;
  return (
    `the held-out perplexity was still falling, from ${before.perplexity.toFixed(1)} at step ${before.step} to ` +
    `${last.perplexity.toFixed(1)} at step ${last.step}: a longer run (--epochs, --steps or --minutes) makes a better model`
  );
}

/** A pretraining run. It trains, measures held-out text and saves its state. */
export class PretrainRun {
  /** Progress of the run, which each step updates. */
  readonly progress: Progress;
  readonly #parts: RunParts;
  readonly #options: PretrainOptions;
  readonly #batches: Batches;
  readonly #log: PretrainLog;
  /** Folder of the newest saved state. */
  #stateFolder: string | undefined;
  /** Whether the run has made progress since that state was saved. */
  #unsaved: boolean;
  /** Step of the newest held-out measurement. */
  #measuredStep: number | undefined;
  /** Number of parts in which the last batch was computed. */
  #divisions = 1;

  constructor(parts: RunParts, options: PretrainOptions) {
    const { config, corpus, components, from, group } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#batches = makeBatches(corpus, components, config);
    this.#stateFolder = from?.folder;
    this.#unsaved = from === undefined;
    this.progress = { ...(from?.progress ?? START) };
    const { log = silentLogger } = options;
    this.#log = new PretrainLog(config.output, this.progress.step, log, group.isFirst);
  }

  /**
   * Trains until the run or this invocation ends, and saves a state and a model in the output folder.
   *
   * @returns the reason why training ended
   * @throws DialoguePpoError ERR_DIVERGED when numbers are not finite, ERR_ABORTED when `options.signal` is aborted
   */
  async train(): Promise<Ending> {
    const { progress } = this;
    const { config, from, group } = this.#parts;
    const first = progress.step;
    this.#measuredStep = await group.fromFirst(() => this.#log.evaluations().at(-1)?.step);
    if (first === 0) await this.#timed(() => this.#measure());
    const schedule = new StepSchedule(config, progress, first === 0 ? progress.seconds : 0);
    schedule.begin(this.#batches.epoch(0).length, from?.extended ?? false);
    requireFurtherSteps(progress);
    this.#warn(warmupWarning(config, progress));
    for (;;) {
      const ending = await this.#ending(first);
      if (ending !== undefined) {
        await this.#finish(ending);
        return ending;
      }
      if (this.#options.signal?.aborted) throw abortError(this.#options.signal);
      await this.#timed(() => this.#step());
      schedule.estimateTotalSteps();
      if (schedule.isEvaluationDue()) {
        await this.#timed(() => this.#measure());
        await this.#save();
      }
    }
  }

  /** Releases the memory of the trainer and the model. */
  async dispose(): Promise<void> {
    await this.#parts.components.trainer.dispose();
    await this.#parts.components.model.dispose();
  }

  async #ending(first: number): Promise<Ending | undefined> {
    const { step, totalSteps, worse, seconds } = this.progress;
    const { patience, minutes, stopAfter } = this.#parts.config;
    const isStopped = await this.#parts.group.any(this.#options.stop?.aborted === true);
    const ending = endingAfter(step, { totalSteps, first, stopAfter, isStopped });
    if (ending === "steps") return ending;
    if (patience > 0 && worse >= patience) return "patience";
    if (minutes !== undefined && seconds >= minutes * 60) return "minutes";
    return ending;
  }

  async #finish(ending: Ending): Promise<void> {
    const { progress } = this;
    const { config, corpus, components } = this.#parts;
    const finished = ending === "steps" || ending === "patience";
    if (finished && this.#measuredStep !== progress.step) await this.#timed(() => this.#measure());
    if (this.#unsaved) await this.#save();
    if (!this.#parts.group.isFirst) return;
    const weights = bestWeights(this.#stateFolder as string, progress);
    await writeModel(weights, { config, corpus, ...components, progress, ending });
    this.#warn(fallingWarning(this.#log.evaluations()));
  }

  async #timed(work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await work();
    // All processes plan their steps by the same clock.
    this.progress.seconds += await this.#parts.group.fromFirst(() => (performance.now() - began) / 1000);
  }

  async #step(): Promise<void> {
    const { progress } = this;
    const { config, components } = this.#parts;
    const { ids, lossMasks } = nextBatch(this.#batches, progress);
    const totalSteps = progress.totalSteps ?? undefined;
    const began = performance.now();
    const { loss, gradientNorm, learningRate, tokens, parts } = await components.trainer
      .step(ids, {
        plan: { warmupSteps: plannedWarmup(config.warmupSteps, totalSteps), totalSteps },
        signal: this.#options.signal,
        lossMasks,
      })
      .catch((error) => {
        if (!isNotFiniteError(error)) throw error;
        throw this.#diverged(`step ${progress.step + 1}: ${error.message}`, error);
      });
    if (parts > this.#divisions) this.#warn(memoryWarning(parts));
    this.#divisions = parts;
    progress.step += 1;
    progress.batch += 1;
    progress.tokens += tokens;
    this.#unsaved = true;
    const tokensPerSecond = Math.round((tokens / (performance.now() - began)) * 1000);
    const { step, epoch } = progress;
    this.#record({ type: "step", step, epoch, loss, gradientNorm, learningRate, tokens, tokensPerSecond });
  }

  async #measure(): Promise<void> {
    const { heldOut } = this.#batches;
    const { components, group } = this.#parts;
    const { signal } = this.#options;
    if (heldOut.length === 0) return;
    const measure = await measureHeldOut(components.model, heldOut, signal, group);
    if (!Number.isFinite(measure.perplexity)) {
      throw this.#diverged(
        `step ${this.progress.step}: the held-out perplexity is not finite; lower the learning rate`,
      );
    }
    const best = addMeasure(this.progress, measure);
    this.#measuredStep = this.progress.step;
    this.#unsaved = true;
    this.#record({ type: "evaluation", step: this.progress.step, ...measure, best });
  }

  /** Returns the error of a run that has diverged. It names the state that is kept. */
  #diverged(what: string, cause?: unknown): DialoguePpoError {
    const state = this.#stateFolder;
    const remedy =
      state === undefined
        ? "no state was saved before; begin a new run"
        : `${state} is kept, from before that step`;
    return new DialoguePpoError("ERR_DIVERGED", `${what}; ${remedy}`, { cause });
  }

  async #save(): Promise<void> {
    this.#unsaved = false;
    const { progress } = this;
    const { config, corpus, components, group, lock } = this.#parts;
    if (!group.isFirst) return;
    lock?.check();
    const stored = storedConfig(config, PRETRAIN_OPTIONS, ["output", "stopAfter"]);
    const state = { config: { ...stored }, dataHash: corpus.hash, progress };
    const previous = this.#stateFolder;
    this.#stateFolder = await saveState(config.output, state, { ...components, previous });
  }

  #record(record: PretrainRecord): void {
    this.#parts.lock?.check();
    this.#log.write(record);
    this.#options.onRecord?.(record, this.progress);
  }

  #warn(warning: string | undefined): void {
    if (warning !== undefined) this.#options.log?.warn(warning);
  }
}
