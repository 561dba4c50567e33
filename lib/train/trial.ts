import { DialoguePpoError } from "../errors.ts";
import { type PpoBatch, PpoTrainer } from "../model/ppo-trainer.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { TrainingSetup } from "../setup/training.ts";
import { PromptCursor } from "./cursor.ts";
import { collectRollout, type Rollout } from "./rollout.ts";
import { ppoOptions, ptxDialogues } from "./session.ts";

/** Number of samples on which models and reward are tried. */
export const FIRST_SAMPLES = 2;
/** With this many samples, the time of a step grows about in proportion to them. */
const STEP_SAMPLES = 16;

/**
 * Returns the number of samples of the trial step: the batch, or, of a large batch, as many of the groups of
 * minibatches between two optimizer steps as hold 16 samples, at least one.
 */
export function trialSamples({
  batchSize,
  gradientAccumulationSteps,
  miniBatchSize,
}: Pick<TrainConfig, "batchSize" | "miniBatchSize" | "gradientAccumulationSteps">): number {
  const group = miniBatchSize * gradientAccumulationSteps;
  return Math.min(batchSize, group * Math.max(1, Math.floor(STEP_SAMPLES / group)));
}

/** What a trial PPO step measured. */
export interface TrialStep {
  readonly samples: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly seconds: number;
}

/** Throws the error with which a check fails. */
export function failCheck(message: string): never {
  throw new DialoguePpoError("ERR_INTERNAL", message);
}

/** Collects a rollout of the first prompts of a run. */
export async function trialRollout(
  setup: TrainingSetup,
  batchSize: number,
  signal?: AbortSignal,
): Promise<Rollout> {
  const { exchange, prompts, reward, config } = setup;
  const cursor = new PromptCursor(prompts, config.seed);
  const rollout = await collectRollout({ ...config, batchSize, exchange, reward, cursor }, 0, signal);
  const [sample] = rollout.samples;
  if (!sample || sample.childIds.length === 0) failCheck("the child gave no token");
  return rollout;
}

/** Checks that one prompt's logits have a row for each token and a column for each id of the vocabulary. */
export async function checkShapes({ exchange }: TrainingSetup, { samples }: Rollout): Promise<string> {
  const { model } = exchange.child;
  const { vocabSize } = model.config;
  const ids = samples[0]?.promptIds ?? new Int32Array();
  const [logits] = await model.logits([ids]);
  const expected = ids.length * vocabSize;
  if (logits?.length !== expected) failCheck(`logits have ${logits?.length} values, expected ${expected}`);
  const lengths = samples.map(({ childIds }) => childIds.length).join(" and ");
  return `logits ${ids.length} x ${vocabSize}, responses in tokens: ${lengths}`;
}

/** A PPO trainer for the samples of a trial. The weights on disk do not change. */
export class TrialTrainer {
  readonly #trainer: PpoTrainer;
  readonly #queries: Int32Array[];
  readonly #responses: Int32Array[];
  readonly #scores: Float32Array;
  readonly #ptxRows: Int32Array[] | undefined;

  private constructor(trainer: PpoTrainer, { samples }: Rollout, ptxRows: Int32Array[] | undefined) {
    this.#ptxRows = ptxRows;
    this.#trainer = trainer;
    this.#queries = samples.map(({ promptIds }) => promptIds);
    this.#responses = samples.map(({ childIds }) => childIds);
    this.#scores = Float32Array.from(samples, ({ reward }) => reward);
  }

  /** Creates a trainer with the run's options, except that its batch is that of the rollout. */
  static async create(setup: TrainingSetup, rollout: Rollout): Promise<TrialTrainer> {
    const { config, exchange, device } = setup;
    const options = ppoOptions({ ...config, batchSize: rollout.samples.length }, 1, device);
    const ptxRows = ptxDialogues(setup)?.rows(1, config.ppoEpochs * rollout.samples.length);
    const trainer = await PpoTrainer.create(exchange.child.model, options);
    return new TrialTrainer(trainer, rollout, ptxRows);
  }

  #batch(responses: Int32Array[], signal?: AbortSignal): PpoBatch {
    return { queries: this.#queries, responses, scores: this.#scores, ptxRows: this.#ptxRows, signal };
  }

  /** Checks that an empty response is refused, and returns the refusal. */
  async refuseEmptyResponse(): Promise<DialoguePpoError> {
    const responses = [new Int32Array(), ...this.#responses.slice(1)];
    try {
      await this.#trainer.step(this.#batch(responses));
    } catch (error) {
      if (error instanceof DialoguePpoError && error.code === "ERR_SHAPE") return error;
    }
    return failCheck("an empty response was not refused with ERR_SHAPE");
  }

  /** Takes one real PPO step. */
  async step(signal?: AbortSignal): Promise<TrialStep> {
    const began = performance.now();
    const { stats, gradientNorms } = await this.#trainer.step(this.#batch(this.#responses, signal));
    const seconds = (performance.now() - began) / 1000;
    const [loss, gradientNorm] = [stats["ppo/loss/total"] ?? Number.NaN, gradientNorms[0] ?? Number.NaN];
    if (!Number.isFinite(loss) || !(gradientNorm > 0))
      failCheck(`loss ${loss}, gradient norm ${gradientNorm}`);
    return { samples: this.#queries.length, loss, gradientNorm, seconds };
  }

  /** Frees the trainer. */
  async dispose(): Promise<void> {
    await this.#trainer.dispose();
  }
}
