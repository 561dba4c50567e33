import { DialoguePpoError } from "../errors.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativePpoTrainer } from "../native/types.ts";
import { checkValue, isValid } from "../options/check.ts";
import { defaultValues, optionNames, selectValues } from "../options/option.ts";
import { type NativePpoOptions, PPO_OPTIONS } from "../options/ppo.ts";
import type { LanguageModel } from "./language-model.ts";
import { NativeHandle } from "./native-handle.ts";
import { checkNames, checkRows } from "./validate.ts";

/**
 * Options of {@link PpoTrainer}: those of TRL's classic PPOConfig in camelCase with its defaults, and some more. The page
 * docs/configuration.md describes each of them with its range and its default.
 */
export interface PpoOptions extends Omit<NativePpoOptions, "beta1" | "beta2"> {
  /** Decay rates of Adam's two moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Model that the KL divergence is measured against. Default: a frozen copy of the child. */
  readonly reference?: LanguageModel;
}

const { beta1: _beta1, beta2: _beta2, ...NAMED_OPTIONS } = PPO_OPTIONS;
const NAMES = [...optionNames(NAMED_OPTIONS), "betas", "reference"];

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
  /** Token IDs of each prompt: batchSize rows, none of them empty. */
  readonly queries: readonly Int32Array[];
  /** Generated tokens of each row, end token included. No row is empty. */
  readonly responses: readonly Int32Array[];
  /** One finite score per row. */
  readonly scores: Float32Array;
  /** One array of 0 and 1 per response. Tokens with 0 are ignored. */
  readonly responseMasks?: readonly Uint8Array[];
  /** Order of the rows in each PPO epoch, in place of random ones. */
  readonly permutations?: readonly (readonly number[])[];
  /** Called after each minibatch of the update. */
  readonly onProgress?: (minibatch: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Result of a PPO step. */
export interface PpoStepResult {
  /** Scalars under TRL's names: `objective/kl`, `ppo/loss/total`, `tokens/responses_len_mean`, ... */
  readonly stats: Record<string, number>;
  /** Vectors under TRL's names. Those of shape [B, T-1] are row-major and 0 outside the response. */
  readonly arrays: Record<string, Float32Array>;
  /** Global 2-norm of the gradient before clipping, one per optimizer step. */
  readonly gradientNorms: number[];
  /** KL coefficient after the step, which the next step uses. */
  readonly klCoef: number;
  /** Learning rate after the step. */
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
 * Checks the options against the table and fills in the defaults.
 * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected
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

/** Classic PPO with a per-token KL penalty, equal to TRL's PPOTrainer (0.8 to 0.11). */
export class PpoTrainer {
  readonly #native: NativeHandle<NativePpoTrainer>;

  private constructor(native: NativePpoTrainer) {
    this.#native = new NativeHandle(native, "trainer");
  }

  /**
   * Creates a trainer for a model, with a frozen copy of the model as reference unless `reference` is given.
   *
   * @param child a model loaded with `trainable: true` and `valueHead: true`
   * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected
   */
  static async create(child: LanguageModel, options: PpoOptions = {}): Promise<PpoTrainer> {
    checkNames(options, NAMES, "PpoTrainer.create");
    const { reference, ...rest } = options;
    const settings = nativeOptions(rest, child.config.padTokenId);
    const native = await runJob(() =>
      loadAddon().createPpoTrainer(child.native, reference?.native, settings),
    );
    return new PpoTrainer(native);
  }

  /**
   * Runs one PPO step: rollout statistics, rewards, advantages and `ppoEpochs` epochs of updates.
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
    const native = this.#native.live;
    return runJob(() => native.step(payload, onProgress), signal);
  }

  /**
   * Saves optimizer, KL controller, running moments, schedule and random state to an existing folder. The weights are not
   * saved.
   */
  async saveState(directory: string): Promise<void> {
    const native = this.#native.live;
    await runJob(() => native.saveState(directory));
  }

  /**
   * Loads what `saveState` saved.
   * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
   */
  async loadState(directory: string): Promise<void> {
    const native = this.#native.live;
    await runJob(() => native.loadState(directory));
  }

  /** Waits for running jobs and frees the optimizer. The child is not freed. A second call does nothing. */
  async dispose(): Promise<void> {
    await this.#native.dispose();
  }

  /** For `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
