import { DialoguePpoError } from "../errors.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativeLmTrainer } from "../native/types.ts";
import type { LanguageModel } from "./language-model.ts";
import { checkNames, checkRows } from "./validate.ts";

/** AdamW with warm-up and a cosine, gradients clipped. */
export interface LmOptions {
  /** At the end of the warm-up. Default 1e-3. */
  readonly learningRate?: number;
  /** At the end. Default 1e-4. */
  readonly minLearningRate?: number;
  /** Optimizer steps in all. Default 1000. */
  readonly totalSteps?: number;
  /** Default 100. */
  readonly warmupSteps?: number;
  /** On matrices only. Default 0.1. */
  readonly weightDecay?: number;
  /** 0: off. Default 1. */
  readonly maxGradNorm?: number;
  /** bfloat16 autocast with float32 master weights. Default false. */
  readonly autocastBf16?: boolean;
  /** On embeddings and on what each block adds; 0 to 0.9. Default 0. */
  readonly dropout?: number;
  /** Of dropout. Default 0. */
  readonly seed?: number;
}

/** What a step did. */
export interface LmStepResult {
  /** Mean over the predicted tokens, nats, before the update. */
  readonly loss: number;
  /** Global 2-norm before clipping. */
  readonly gradientNorm: number;
  /** That was used. */
  readonly learningRate: number;
  /** Predicted tokens. */
  readonly tokens: number;
}

const NAMES = [
  "learningRate",
  "minLearningRate",
  "totalSteps",
  "warmupSteps",
  "weightDecay",
  "maxGradNorm",
  "autocastBf16",
  "dropout",
  "seed",
];

/** Next-token training of a model. */
export class LmTrainer {
  #native: NativeLmTrainer | undefined;

  private constructor(native: NativeLmTrainer) {
    this.#native = native;
  }

  /**
   * Prepares an optimizer for a model.
   *
   * @param model loaded or made with `trainable: true`
   * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected
   */
  static async create(model: LanguageModel, options: LmOptions = {}): Promise<LmTrainer> {
    checkNames(options, NAMES, "LmTrainer.create");
    return new LmTrainer(await runJob(() => loadAddon().createLmTrainer(model.native, options)));
  }

  /**
   * One optimizer step on the mean loss over all predicted tokens of the rows.
   *
   * @param rows token ids; padded on the right here
   * @param options.lossMasks one 0/1 array a row; tokens with 0 are context only
   * @param options.learningRate of this step, in place of the schedule's
   * @throws DialoguePpoError ERR_SHAPE, ERR_INTERNAL when loss or gradient is not finite, ERR_ABORTED
   */
  async step(
    rows: readonly Int32Array[],
    options: {
      lossMasks?: readonly Uint8Array[] | undefined;
      learningRate?: number;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<LmStepResult> {
    checkRows(rows, "rows");
    const native = this.#live();
    const { lossMasks, learningRate, signal } = options;
    return runJob(() => native.step(rows, lossMasks ? [...lossMasks] : undefined, learningRate), signal);
  }

  /** Optimizer, schedule and random state, into an existing folder. Not the weights. */
  async saveState(directory: string): Promise<void> {
    const native = this.#live();
    await runJob(() => native.saveState(directory));
  }

  /** @throws DialoguePpoError ERR_CHECKPOINT_FORMAT */
  async loadState(directory: string): Promise<void> {
    const native = this.#live();
    await runJob(() => native.loadState(directory));
  }

  /** Waits for what is under way and frees the optimizer. Idempotent; the model stays. */
  async dispose(): Promise<void> {
    const native = this.#native;
    if (native === undefined) return;
    this.#native = undefined;
    await runJob(() => loadAddon().drain());
    native.dispose();
  }

  #live(): NativeLmTrainer {
    if (this.#native === undefined) throw new DialoguePpoError("ERR_DISPOSED", "the trainer was disposed");
    return this.#native;
  }
}
