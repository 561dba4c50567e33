import { checkKinds, checkNames } from "../arguments.ts";
import { Group } from "../group/group.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativeLmTrainer } from "../native/types.ts";
import { checkModel, type LanguageModel } from "./language-model.ts";
import { TrainerHandle } from "./native-handle.ts";
import { checkMasks, checkRows } from "./validate.ts";

/** Options of AdamW and of its schedule: a linear warm-up, then a cosine down to the minimum. */
export interface LmOptions {
  /** Learning rate at the end of the warm-up. Default 1e-3. */
  readonly learningRate?: number;
  /** Learning rate at the end of the schedule. Default: a tenth of `learningRate`. */
  readonly minLearningRate?: number;
  /** Optimizer steps of the whole training, unless a step brings its own plan. Default 1000. */
  readonly totalSteps?: number;
  /** Optimizer steps of the warm-up, unless a step brings its own plan. Default 100. */
  readonly warmupSteps?: number;
  /** Decoupled weight decay of matrices; vectors are not decayed. Default 0.1. */
  readonly weightDecay?: number;
  /** Global 2-norm to which gradients are clipped; 0 turns clipping off. Default 1. */
  readonly maxGradNorm?: number;
  /** Whether to compute in bfloat16 with float32 master weights. Default false. */
  readonly autocastBf16?: boolean;
  /** Dropout rate on embeddings and on the output of each block, 0 to 0.9. Default 0. */
  readonly dropout?: number;
  /** Seed of dropout. Default 0. */
  readonly seed?: number;
}

/** The length of a training run as it is known at one step. */
export interface LmPlan {
  /** Optimizer steps of the warm-up. Default 0. */
  readonly warmupSteps?: number | undefined;
  /** Optimizer steps in all. While it is undefined, the learning rate stays at its peak after the warm-up. */
  readonly totalSteps?: number | undefined;
}

/** Result of a step of {@link LmTrainer}. */
export interface LmStepResult {
  /** Mean loss over the predicted tokens before the update, in nats. */
  readonly loss: number;
  /** Global 2-norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Learning rate of this update. */
  readonly learningRate: number;
  /** Number of predicted tokens. */
  readonly tokens: number;
  /** Number of parts in which the rows were computed. It is more than 1 after memory was exhausted. */
  readonly parts: number;
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

const STEP_NAMES = ["lossMasks", "plan", "signal"];

/** Trains a model to predict the next token. */
export class LmTrainer {
  readonly #native: TrainerHandle<NativeLmTrainer>;

  private constructor(native: NativeLmTrainer) {
    this.#native = new TrainerHandle(native);
  }

  /**
   * Prepares an optimizer for a model.
   *
   * @param model a model that was loaded or made with `trainable: true`
   * @param group processes that share the rows of each step; each must make the same calls with the same rows
   * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected; ERR_DISPOSED, ERR_OUT_OF_MEMORY
   */
  static async create(
    model: LanguageModel,
    options: LmOptions = {},
    group: Group = Group.alone,
  ): Promise<LmTrainer> {
    checkNames(options, NAMES, "LmTrainer.create");
    checkModel("LmTrainer.create", "model", model);
    return new LmTrainer(
      await runJob(() => loadAddon().createLmTrainer(model.native, options, group.native)),
    );
  }

  /**
   * Performs one optimizer step on the mean loss over all predicted tokens of the rows. When memory is exhausted, a
   * single process computes the rows in parts from then on, which changes results by rounding only. Several processes
   * fail instead.
   *
   * @param rows token ids; shorter rows are padded on the right
   * @param options.lossMasks one 0/1 array a row; tokens with 0 are context only
   * @param options.plan the lengths that place this step on the schedule; default: those given to `create`
   * @throws DialoguePpoError ERR_SHAPE, ERR_INTERNAL when loss or gradient is not finite, ERR_ABORTED, ERR_DISPOSED,
   *   ERR_OUT_OF_MEMORY; ERR_CONFIG for an invalid plan, and after a step that failed when weights had moved, until
   *   `loadState`
   */
  async step(
    rows: readonly Int32Array[],
    options: {
      lossMasks?: readonly Uint8Array[] | undefined;
      plan?: LmPlan | undefined;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<LmStepResult> {
    checkNames(options, STEP_NAMES, "step");
    checkKinds("step", options, { signal: "signal" });
    checkRows(rows, "rows");
    const { lossMasks, plan, signal } = options;
    checkMasks(lossMasks, rows, "lossMasks");
    const native = this.#native.live;
    return runJob(() => native.step(rows, lossMasks ? [...lossMasks] : undefined, plan), { signal });
  }

  /**
   * Writes the optimizer's state into an existing folder. The weights are not part of it.
   * @throws DialoguePpoError ERR_CONFIG when the folder cannot be written to, ERR_IO, ERR_DISPOSED
   */
  async saveState(directory: string): Promise<void> {
    await this.#native.saveState(directory);
  }

  /**
   * Restores the state that `saveState` wrote.
   * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the state is damaged or does not fit the model, ERR_MODEL when
   *   the folder holds none; ERR_DISPOSED
   */
  async loadState(directory: string): Promise<void> {
    await this.#native.loadState(directory);
  }

  /** Waits for running jobs and frees the optimizer; the model stays. Further calls wait for the first one. */
  async dispose(): Promise<void> {
    await this.#native.dispose();
  }

  /** Disposes of the trainer at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
