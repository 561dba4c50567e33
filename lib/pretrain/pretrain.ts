import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { abortError, DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import { type Logger, silentLogger } from "../log.ts";
import { type Batches, makeBatches } from "./batches.ts";
import { type PretrainConfig, pretrainConfig } from "./config.ts";
import { loadCorpus, type PretrainCorpus } from "./corpus.ts";
import { measureHeldOut } from "./held-out.ts";
import { type Ending, INFO_FILE, isOccupied, publish } from "./publish.ts";
import { type PretrainRecord, RecordFile } from "./record.ts";
import type { Row } from "./rows.ts";
import {
  EVALUATIONS,
  learningRateAt,
  type Measured,
  PACE_STEPS,
  stepsOf,
  stepsWithin,
  stillFalling,
} from "./schedule.ts";
import { reopenWorkshop, startWorkshop, type Workshop } from "./setup.ts";
import { bestWeights, newestState, type Progress, removeStates, saveState } from "./state.ts";

export interface PretrainOptions {
  /** Go on with the run in the output folder; a fresh start when there is none. */
  readonly resume?: boolean | undefined;
  /** Ends the run after the step under way, its state saved; it can be resumed. */
  readonly stop?: AbortSignal | undefined;
  /** Ends the run at once; what came after the last state is lost. */
  readonly signal?: AbortSignal | undefined;
  readonly log?: Logger | undefined;
  readonly onRecord?: ((record: PretrainRecord, progress: Readonly<Progress>) => void) | undefined;
}

export interface PretrainResult {
  readonly output: string;
  readonly ending: Ending;
  readonly steps: number;
  /** Best held-out perplexity; null when nothing is held out. */
  readonly perplexity: number | null;
}

/** A run under way. */
class Run {
  readonly config: PretrainConfig;
  readonly corpus: PretrainCorpus;
  readonly progress: Progress;
  readonly #workshop: Workshop;
  readonly #batches: Batches;
  readonly #records: RecordFile;
  readonly #options: PretrainOptions;
  #state: string | undefined;
  #epochRows: { epoch: number; batches: Row[][] } | undefined;
  /** On held-out text, by this invocation. */
  readonly #measured: Measured[] = [];
  #secondsAnEvaluation = 0;
  #paceBegan = 0;

  constructor(
    config: PretrainConfig,
    corpus: PretrainCorpus,
    workshop: Workshop,
    from: { folder: string; progress: Progress } | undefined,
    options: PretrainOptions,
  ) {
    this.config = config;
    this.corpus = corpus;
    this.#workshop = workshop;
    this.#options = options;
    this.#state = from?.folder;
    this.#batches = makeBatches(corpus, workshop.tokenizer, config);
    this.progress = from?.progress ?? {
      step: 0,
      epoch: 0,
      batch: 0,
      tokens: 0,
      seconds: 0,
      totalSteps: null,
      best: null,
      worse: 0,
    };
    this.#records = new RecordFile(config.output, this.progress.step);
  }

  /** Trains until the run ends, leaving a state and a model behind. */
  async go(): Promise<Ending> {
    const { progress } = this;
    const first = progress.step;
    if (first === 0) await this.#timed(() => this.#measure());
    this.#secondsAnEvaluation = progress.seconds;
    this.#planBySteps();
    for (;;) {
      const ending = this.#ending(first);
      if (ending !== undefined) return this.#finish(ending);
      if (this.#options.signal?.aborted) throw abortError(this.#options.signal);
      await this.#timed(() => this.#step());
      this.#planByTime();
      if (progress.step % this.#interval() === 0) {
        await this.#timed(() => this.#measure());
        await this.#save();
      }
    }
  }

  get #log(): Logger {
    return this.#options.log ?? silentLogger;
  }

  async dispose(): Promise<void> {
    await this.#workshop.trainer.dispose();
    await this.#workshop.model.dispose();
  }

  #ending(first: number): Ending | undefined {
    const { step, totalSteps, worse, seconds } = this.progress;
    const { patience, minutes, stopAfter } = this.config;
    if (totalSteps !== null && step >= totalSteps) return "steps";
    if (patience > 0 && worse >= patience) return "patience";
    if (minutes !== undefined && seconds >= minutes * 60) return "minutes";
    if (stopAfter !== undefined && step - first >= stopAfter) return "stopAfter";
    return this.#options.stop?.aborted ? "interrupted" : undefined;
  }

  async #finish(ending: Ending): Promise<Ending> {
    const { config, corpus, progress } = this;
    const done = ending === "steps" || ending === "patience";
    if (done && progress.step % this.#interval() !== 0) await this.#timed(() => this.#measure());
    await this.#save();
    const state = this.#state as string;
    const { tokenizer } = this.#workshop;
    await publish(bestWeights(state, progress), { config, corpus, tokenizer, progress, ending });
    if (done) removeStates(config.output);
    this.#tellWhetherFalling();
    return ending;
  }

  #tellWhetherFalling(): void {
    const [before, last] = stillFalling(this.#measured) ?? [];
    if (before === undefined || last === undefined) return;
    this.#log.warn(
      `the held-out perplexity was still falling, from ${before.perplexity.toFixed(1)} at step ${before.step} to ` +
        `${last.perplexity.toFixed(1)} at step ${last.step}: a longer run (--epochs, --steps or --minutes) makes a better model`,
    );
  }

  /** Steps in all when they are given or follow from the epochs; a resumed run may be given others. */
  #planBySteps(): void {
    const { progress, config } = this;
    const given = config.steps !== undefined || config.epochs !== undefined;
    if (given || progress.totalSteps === null) {
      progress.totalSteps = stepsOf(config, this.#epoch(0).length) ?? null;
    }
    const { totalSteps } = progress;
    const { warmupSteps = 0 } = config;
    if (totalSteps !== null && warmupSteps >= totalSteps) {
      this.#log.warn(
        `--warmup-steps ${warmupSteps}: the run has ${formatCount(totalSteps, "step")}, so its learning rate never comes down`,
      );
    }
  }

  /** Steps in all by the pace of the first ones, when only the time is given. */
  #planByTime(): void {
    const { progress, config } = this;
    if (progress.totalSteps !== null || config.minutes === undefined) return;
    // The first step is slow: memory is allocated and kernels are chosen.
    if (progress.step <= 1) this.#paceBegan = progress.seconds;
    if (progress.step < PACE_STEPS) return;
    progress.totalSteps = stepsWithin(config.minutes, {
      done: progress.step,
      seconds: progress.seconds,
      secondsAStep: (progress.seconds - this.#paceBegan) / (PACE_STEPS - 1),
      secondsAnEvaluation: this.#secondsAnEvaluation,
    });
  }

  #interval(): number {
    const { totalSteps } = this.progress;
    const twentieth = totalSteps === null ? Number.POSITIVE_INFINITY : Math.floor(totalSteps / EVALUATIONS);
    return this.config.evalInterval ?? Math.max(1, twentieth);
  }

  async #timed(work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await work();
    this.progress.seconds += (performance.now() - began) / 1000;
  }

  #epoch(epoch: number): Row[][] {
    if (this.#epochRows?.epoch !== epoch) {
      this.#epochRows = { epoch, batches: this.#batches.epoch(epoch) };
    }
    return this.#epochRows.batches;
  }

  async #step(): Promise<void> {
    const { progress, config } = this;
    if (progress.batch >= this.#epoch(progress.epoch).length) {
      progress.epoch += 1;
      progress.batch = 0;
    }
    const rows = this.#epoch(progress.epoch)[progress.batch] as Row[];
    const masked = rows.some(({ mask }) => mask !== undefined);
    const began = performance.now();
    const { loss, gradientNorm, learningRate, tokens } = await this.#workshop.trainer.step(
      rows.map(({ ids }) => ids),
      {
        learningRate: learningRateAt(progress.step, config, progress.totalSteps ?? undefined),
        signal: this.#options.signal,
        lossMasks: masked
          ? rows.map(({ ids, mask }) => mask ?? new Uint8Array(ids.length).fill(1))
          : undefined,
      },
    );
    progress.step += 1;
    progress.batch += 1;
    progress.tokens += tokens;
    const tokensPerSecond = Math.round((tokens / (performance.now() - began)) * 1000);
    const { step, epoch } = progress;
    this.#record({ type: "step", step, epoch, loss, gradientNorm, learningRate, tokens, tokensPerSecond });
  }

  async #measure(): Promise<void> {
    const { progress } = this;
    if (this.#batches.heldOut.length === 0) return;
    const measure = await measureHeldOut(this.#workshop.model, this.#batches.heldOut, this.#options.signal);
    // The untrained model is measured for the log and is never the best: nobody keeps it.
    const trained = progress.step > 0;
    const best = trained && (progress.best === null || measure.loss < progress.best.loss);
    if (best) progress.best = { ...measure, step: progress.step };
    if (trained) progress.worse = best ? 0 : progress.worse + 1;
    this.#measured.push({ step: progress.step, perplexity: measure.perplexity });
    this.#record({ type: "evaluation", step: progress.step, ...measure, best });
  }

  async #save(): Promise<void> {
    const { config, progress, corpus } = this;
    const { model, trainer } = this.#workshop;
    const state = { config: { ...config }, dataHash: corpus.hash, progress };
    this.#state = await saveState(config.output, state, { model, trainer, previous: this.#state });
  }

  #record(record: PretrainRecord): void {
    this.#records.write(record);
    this.#options.onRecord?.(record, this.progress);
  }
}

/** The result of a run that ended before. */
function finished(output: string): PretrainResult {
  const info = JSON.parse(readFileSync(path.join(output, INFO_FILE), "utf8")) as {
    ending: Ending;
    step: number;
    heldOut: { perplexity: number } | null;
  };
  return { output, ending: info.ending, steps: info.step, perplexity: info.heldOut?.perplexity ?? null };
}

async function open(
  config: PretrainConfig,
  saved: ReturnType<typeof newestState>,
): Promise<{ corpus: PretrainCorpus; workshop: Workshop }> {
  const corpus = await loadCorpus(config);
  if (saved === undefined) return { corpus, workshop: await startWorkshop(config, corpus) };
  if (saved.state.dataHash !== corpus.hash) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${config.data} is not the file that the run in ${config.output} began with; its contents differ`,
    );
  }
  return { corpus, workshop: await reopenWorkshop(config, saved.folder) };
}

/**
 * Trains a language model from nothing on a corpus: tokenizer, next-token loss, held-out perplexity each so often; the
 * weights with the best one are kept. The output folder then holds a model that every command takes, and so do
 * transformers.
 *
 * @param given options by camelCase name, as in {@link PretrainConfig}; absent ones take their defaults
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA and ERR_TOKENIZER before anything is written; ERR_ABORTED after the
 *   state was saved
 */
export async function pretrain(
  given: Readonly<Record<string, unknown>>,
  options: PretrainOptions = {},
): Promise<PretrainResult> {
  const output = String(given.output ?? "");
  const saved = options.resume ? newestState(output) : undefined;
  const config = pretrainConfig(given, saved?.state.config);
  if (saved === undefined && options.resume && existsSync(path.join(output, INFO_FILE)))
    return finished(output);
  if (saved === undefined && (isOccupied(output) || newestState(output) !== undefined)) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${output} already holds a model or a run; resume it or name another folder`,
    );
  }
  const { corpus, workshop } = await open(config, saved);
  for (const doubt of corpus.doubts) options.log?.warn(`${config.data}: ${doubt}`);
  const from = saved && { folder: saved.folder, progress: { ...saved.state.progress } };
  const run = new Run(config, corpus, workshop, from, options);
  try {
    const ending = await run.go();
    const { step, best } = run.progress;
    if (ending === "interrupted") {
      throw new DialoguePpoError(
        "ERR_ABORTED",
        `stopped at step ${step} and saved in ${output}; resume to go on`,
        {
          cause: options.stop?.reason,
        },
      );
    }
    return { output, ending, steps: step, perplexity: best?.perplexity ?? null };
  } finally {
    await run.dispose();
  }
}
