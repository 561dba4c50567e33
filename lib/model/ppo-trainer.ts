import { DialoguePpoError } from "../errors.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativePpoTrainer } from "../native/types.ts";
import type { LanguageModel } from "./language-model.ts";
import { checkNames, checkRows } from "./validate.ts";

/** Options of TRL's classic PPOConfig in camelCase, with its defaults, and ours below. */
export interface PpoOptions {
  /** Default 1.41e-5. */
  readonly learningRate?: number;
  /** Adaptive KL controller. Default true. */
  readonly adapKlCtrl?: boolean;
  /** Default 0.2. */
  readonly initKlCoef?: number;
  /** Default "kl". */
  readonly klPenalty?: "kl" | "abs" | "mse" | "full";
  /** Nats a sequence, adaptive controller. Default 6. */
  readonly target?: number;
  /** Samples, adaptive controller. Default 10000. */
  readonly horizon?: number;
  /** Default 1. */
  readonly gamma?: number;
  /** Default 0.95. */
  readonly lam?: number;
  /** Default 0.2. */
  readonly cliprange?: number;
  /** Default 0.2. */
  readonly cliprangeValue?: number;
  /** Default 0.1. */
  readonly vfCoef?: number;
  /** Samples a step. Default 128. */
  readonly batchSize?: number;
  /** Default 128. */
  readonly miniBatchSize?: number;
  /** Default 1. */
  readonly gradientAccumulationSteps?: number;
  /** Default 4. */
  readonly ppoEpochs?: number;
  /** Global 2-norm; default none. */
  readonly maxGradNorm?: number;
  /** Default false. */
  readonly earlyStopping?: boolean;
  /** Epochs stop above 1.5 times this. Default 1. */
  readonly targetKl?: number;
  /** Minibatches whose mean ratio exceeds it are skipped. Default 10. */
  readonly ratioThreshold?: number;
  /** Divide scores by their running deviation. Default false. */
  readonly useScoreScaling?: boolean;
  /** Subtract their running mean too. Default false. */
  readonly useScoreNorm?: boolean;
  /** Default none. */
  readonly scoreClip?: number;
  /** Default false. */
  readonly whitenRewards?: boolean;
  /** Of the order of samples in each epoch. Default 0. */
  readonly seed?: number;
  /** Default "right". */
  readonly padSide?: "right" | "left";
  /** Default: the model's, else 0. Padding is masked by length, never by id. */
  readonly padTokenId?: number;
  /** Default "adam". */
  readonly optimizer?: "adam" | "adamw";
  /** Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
  /** Default 0; AdamW only. */
  readonly weightDecay?: number;
  /** Moves once a PPO step. Default "constant". */
  readonly lrSchedule?: "constant" | "linear" | "cosine";
  /** PPO steps in all; needed by linear and cosine. */
  readonly totalSteps?: number;
  /** Follow TRL's oddities to the letter. Default false. */
  readonly trlParity?: boolean;
  /** With trlParity: clip the first optimizer step of the trainer's life only. Default false. */
  readonly clipOnce?: boolean;
  /** bfloat16 autocast with float32 master weights; losses stay float32. Default false. */
  readonly autocastBf16?: boolean;
  /** Default: a frozen copy of the child. The child itself gives a KL of zero. */
  readonly reference?: LanguageModel;
}

const NAMES = [
  "learningRate adapKlCtrl initKlCoef klPenalty target horizon gamma lam cliprange cliprangeValue vfCoef batchSize",
  "miniBatchSize gradientAccumulationSteps ppoEpochs maxGradNorm earlyStopping targetKl ratioThreshold",
  "useScoreScaling useScoreNorm scoreClip whitenRewards seed padSide padTokenId optimizer betas eps weightDecay",
  "lrSchedule totalSteps trlParity clipOnce autocastBf16 reference",
].flatMap((line) => line.split(" "));

const STEP_NAMES = [
  "queries",
  "responses",
  "scores",
  "responseMasks",
  "permutations",
  "onProgress",
  "signal",
];

/** One batch for {@link PpoTrainer.step}. */
export interface PpoBatch {
  /** Token ids of each prompt, batchSize rows, none empty. */
  readonly queries: readonly Int32Array[];
  /** New tokens of each row, end token included, none empty. */
  readonly responses: readonly Int32Array[];
  /** One a row, finite. */
  readonly scores: Float32Array;
  /** One 0/1 array a response: tokens with 0 take no part. */
  readonly responseMasks?: readonly Uint8Array[];
  /** One order of the batch a PPO epoch; for comparisons. */
  readonly permutations?: readonly (readonly number[])[];
  /** Called after each minibatch of the update. */
  readonly onProgress?: (minibatch: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What a step did. */
export interface PpoStepResult {
  /** Scalars under TRL's names: `objective/kl`, `ppo/loss/total`, `tokens/responses_len_mean`, ... */
  readonly stats: Record<string, number>;
  /** Vectors under TRL's names; those of [B, T-1] are row-major and 0 outside the response. */
  readonly arrays: Record<string, Float32Array>;
  /** Global 2-norm of each optimizer step's gradient, before clipping. */
  readonly gradientNorms: number[];
  /** KL coefficient after the step: what the next one will use. */
  readonly klCoef: number;
  /** Learning rate after the step. */
  readonly learningRate: number;
}

/** Classic PPO with a per-token KL penalty, equal to TRL's PPOTrainer (0.8 to 0.11). */
export class PpoTrainer {
  #native: NativePpoTrainer | undefined;

  private constructor(native: NativePpoTrainer) {
    this.#native = native;
  }

  /**
   * Prepares an optimizer for a model, and a frozen copy of it unless a reference is given.
   *
   * @param child a model loaded with `trainable: true` and `valueHead: true`
   * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected
   */
  static async create(child: LanguageModel, options: PpoOptions = {}): Promise<PpoTrainer> {
    checkNames(options, NAMES, "PpoTrainer.create");
    const { reference, betas, ...rest } = options;
    const padTokenId = rest.padTokenId ?? child.config.padTokenId ?? 0;
    const chosen = { ...rest, padTokenId, ...(betas ? { beta1: betas[0], beta2: betas[1] } : {}) };
    const native = await runJob(() => loadAddon().createPpoTrainer(child.native, reference?.native, chosen));
    return new PpoTrainer(native);
  }

  /**
   * One PPO step: rollout statistics, rewards, advantages, and `ppoEpochs` epochs of updates.
   *
   * @throws DialoguePpoError ERR_SHAPE naming the sample, ERR_INTERNAL when loss or gradient is not finite, ERR_ABORTED
   *   (after the first update the trainer is unusable until `loadState`)
   */
  async step(batch: PpoBatch): Promise<PpoStepResult> {
    checkNames(batch, STEP_NAMES, "step");
    const { onProgress, signal, queries, responses, scores, responseMasks, permutations } = batch;
    checkRows(queries, "queries");
    checkRows(responses, "responses");
    const orders = permutations?.map((order) => Int32Array.from(order));
    const payload = { queries, responses, scores, responseMasks, permutations: orders };
    const native = this.#live();
    return runJob(() => native.step(payload, onProgress), signal);
  }

  /** Optimizer, controller, running moments, schedule and random state, into an existing folder. Not the weights. */
  async saveState(directory: string): Promise<void> {
    const native = this.#live();
    await runJob(() => native.saveState(directory));
  }

  /** @throws DialoguePpoError ERR_CHECKPOINT_FORMAT */
  async loadState(directory: string): Promise<void> {
    const native = this.#live();
    await runJob(() => native.loadState(directory));
  }

  /** Waits for what is under way and frees the optimizer. Idempotent; the child stays. */
  async dispose(): Promise<void> {
    const native = this.#native;
    if (native === undefined) return;
    this.#native = undefined;
    await runJob(() => loadAddon().drain());
    native.dispose();
  }

  /** For `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #live(): NativePpoTrainer {
    if (this.#native === undefined) throw new DialoguePpoError("ERR_DISPOSED", "the trainer was disposed");
    return this.#native;
  }
}
