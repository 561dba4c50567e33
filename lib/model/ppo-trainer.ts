import { checkKinds, checkNames } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { Group } from "../group/group.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativePpoTrainer } from "../native/types.ts";
import { checkValue, isValid } from "../options/check.ts";
import { defaultValues, optionNames, selectValues } from "../options/option.ts";
import { type NativePpoOptions, PPO_OPTIONS } from "../options/ppo.ts";
import { checkModel, type LanguageModel } from "./language-model.ts";
import { TrainerHandle } from "./native-handle.ts";
import { checkMasks, checkRows } from "./validate.ts";

/**
 * Options of {@link PpoTrainer}: the options of TRL's classic PPOConfig in camelCase, with the same defaults, and some
 * additions. The page docs/configuration.md describes each option with its range and default.
 */
export interface PpoOptions extends Omit<NativePpoOptions, "beta1" | "beta2"> {
  /** Decay rates of Adam's two moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Model that the KL divergence is measured against. Default: a frozen copy of the child. */
  readonly reference?: LanguageModel;
}

const { beta1: _beta1, beta2: _beta2, ...NAMED_OPTIONS } = PPO_OPTIONS;
const OPTION_NAMES = [...optionNames(NAMED_OPTIONS), "betas", "reference"];

const BATCH_NAMES = [
  "queries",
  "responses",
  "scores",
  "responseMasks",
  "permutations",
  "ptxRows",
  "onProgress",
  "signal",
];

/** One batch for {@link PpoTrainer.step}. B is `batchSize`. */
export interface PpoBatch {
  /** Token IDs of each prompt: B rows, none of them empty. */
  readonly queries: readonly Int32Array[];
  /** Generated token IDs of each row, including the end token: B rows, none of them empty. */
  readonly responses: readonly Int32Array[];
  /** One finite score per row, shape [B]. */
  readonly scores: Float32Array;
  /** One array of 0 and 1 per response, with the response's length. Tokens with 0 are ignored. Default: all 1. */
  readonly responseMasks?: readonly Uint8Array[] | undefined;
  /** Order of the rows in each PPO epoch: `ppoEpochs` permutations of 0 to B - 1. Default: random orders. */
  readonly permutations?: readonly (readonly number[])[] | undefined;
  /**
   * Token IDs of texts for the next-token loss that `ptxCoef` mixes into the update: as many rows for each of the
   * `ppoEpochs * batchSize / miniBatchSize` minibatches, in order, at least two tokens each. Expected exactly when
   * `ptxCoef` is above 0.
   */
  readonly ptxRows?: readonly Int32Array[] | undefined;
  /** Called after each minibatch of the update. */
  readonly onProgress?: ((minibatch: number, total: number) => void) | undefined;
  /** Aborts the step. See {@link PpoTrainer.step} for the state after an abort. */
  readonly signal?: AbortSignal | undefined;
}

/** Result of a PPO step. */
export interface PpoStepResult {
  /** Scalar statistics under TRL's names, such as `objective/kl`, `ppo/loss/total` and `tokens/responses_len_mean`. */
  readonly stats: Record<string, number>;
  /** Vector statistics under TRL's names. Those of shape [B, T-1] are row-major and 0 outside the response. */
  readonly arrays: Record<string, Float32Array>;
  /** Global 2-norm of the gradient before clipping, one per optimizer step. */
  readonly gradientNorms: number[];
  /** KL coefficient that the next step uses. */
  readonly klCoef: number;
  /** Learning rate that the next step uses. */
  readonly learningRate: number;
}

function checkBetas(betas: unknown): void {
  if (betas === undefined) return;
  const limits = [PPO_OPTIONS.beta1, PPO_OPTIONS.beta2];
  if (Array.isArray(betas) && betas.length === 2 && limits.every((limit, i) => isValid(limit, betas[i])))
    return;
  throw new DialoguePpoError("ERR_CONFIG", "betas: expected two numbers in [0, 1)");
}

/**
 * Checks the options against the option table and fills in the defaults.
 * @throws DialoguePpoError ERR_CONFIG when an option has an invalid value; the message names it
 */
function nativeOptions(
  { betas, ...options }: Omit<PpoOptions, "reference">,
  modelPadTokenId: number | undefined,
): NativePpoOptions {
  checkBetas(betas);
  const [beta1, beta2] = betas ?? [];
  const padTokenId = options.padTokenId ?? modelPadTokenId;
  const given = selectValues(PPO_OPTIONS, { ...options, padTokenId, beta1, beta2 });
  for (const name of optionNames(PPO_OPTIONS)) {
    if (given[name] !== undefined) checkValue(PPO_OPTIONS[name], given[name], name);
  }
  return { ...defaultValues(PPO_OPTIONS), ...given };
}

/** @throws DialoguePpoError ERR_SHAPE when an order is no list of whole numbers */
function toOrders(permutations: PpoBatch["permutations"] & object): Int32Array[] {
  return Array.from(permutations, (order: unknown, at) => {
    if (!Array.isArray(order) || !order.every(Number.isInteger)) {
      throw new DialoguePpoError("ERR_SHAPE", `permutations: order ${at}: expected a list of row numbers`);
    }
    return Int32Array.from(order);
  });
}

/**
 * Trains a model by classic PPO with a per-token KL penalty. The results equal those of TRL's PPOTrainer (0.8 to 0.11).
 */
export class PpoTrainer {
  readonly #native: TrainerHandle<NativePpoTrainer>;

  private constructor(native: NativePpoTrainer) {
    this.#native = new TrainerHandle(native);
  }

  /**
   * Creates a trainer for a model. Unless `reference` is given, the reference is a frozen copy of the model.
   *
   * @param child a model loaded with `trainable: true` and `valueHead: true`
   * @param group processes that share the rows of each step; each must make the same calls with the same batches
   * @throws DialoguePpoError ERR_CONFIG when an option is unknown or has an invalid value; the message names it
   */
  static async create(
    child: LanguageModel,
    options: PpoOptions = {},
    group: Group = Group.alone,
  ): Promise<PpoTrainer> {
    checkNames(options, OPTION_NAMES, "PpoTrainer.create");
    const { reference, ...rest } = options;
    checkModel("PpoTrainer.create", "child", child);
    if (reference !== undefined) checkModel("PpoTrainer.create", "reference", reference);
    const settings = nativeOptions(rest, child.config.padTokenId);
    const native = await runJob(() =>
      loadAddon().createPpoTrainer(child.native, reference?.native, settings, group.native),
    );
    return new PpoTrainer(native);
  }

  /**
   * Runs one PPO step: computes log-probabilities, values, rewards and advantages, then updates the weights for
   * `ppoEpochs` epochs. When memory is exhausted, a single process computes each minibatch in parts from then on, which
   * changes results by rounding only; the statistic `dppo/minibatch_parts` says in how many. Several processes fail
   * instead.
   *
   * @throws DialoguePpoError ERR_SHAPE when a sample is invalid; the message names it
   * @throws DialoguePpoError ERR_INTERNAL when loss or gradient is not finite
   * @throws DialoguePpoError ERR_OUT_OF_MEMORY when there is not enough memory for a single row, or for the rows of one
   *   of several processes
   * @throws DialoguePpoError ERR_ABORTED when the signal aborts; once a weight has moved, the trainer is then unusable
   *   until `loadState`
   */
  async step(batch: PpoBatch): Promise<PpoStepResult> {
    checkNames(batch, BATCH_NAMES, "step");
    checkKinds("step", batch, { permutations: "list", onProgress: "function", signal: "signal" });
    const { onProgress, signal, queries, responses, scores, responseMasks, permutations, ptxRows } = batch;
    checkRows(queries, "queries");
    checkRows(responses, "responses");
    if (ptxRows !== undefined) checkRows(ptxRows, "ptxRows");
    checkMasks(responseMasks, responses, "responseMasks");
    const orders = permutations && toOrders(permutations);
    const payload = { queries, responses, scores, responseMasks, permutations: orders, ptxRows };
    const native = this.#native.live;
    return runJob((listener) => native.step(payload, listener), { signal, listener: onProgress });
  }

  /**
   * Saves optimizer, KL controller, running moments, schedule and random state to an existing folder. It does not save
   * the weights.
   * @throws DialoguePpoError ERR_CONFIG when the folder cannot be written to, ERR_IO, ERR_DISPOSED
   */
  async saveState(directory: string): Promise<void> {
    await this.#native.saveState(directory);
  }

  /**
   * Restores the state that `saveState` saved.
   * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the state is damaged or does not fit the model, ERR_MODEL when
   *   the folder holds none; ERR_DISPOSED
   */
  async loadState(directory: string): Promise<void> {
    await this.#native.loadState(directory);
  }

  /** Waits for running jobs and frees the optimizer, but not the child. Further calls wait for the first one. */
  async dispose(): Promise<void> {
    await this.#native.dispose();
  }

  /** Calls {@link PpoTrainer.dispose} at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
