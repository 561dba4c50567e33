// Symbol.asyncDispose in the declarations must not need a newer `lib` in a user's tsconfig.
/// <reference lib="esnext.disposable" preserve="true" />
import { checkKind, checkKinds, checkNames } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { removeMadeFolders } from "../files/make-folders.ts";
import { makeOutputFolder } from "../files/output-place.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativeModel } from "../native/types.ts";
import { SMALLEST_TEMPERATURE } from "../options/tables/sampling.ts";
import { describeValue } from "../values.ts";
import { checkModelFolder } from "./folder.ts";
import { NativeHandle } from "./native-handle.ts";
import { checkMasks, checkRows } from "./validate.ts";

/** What a model is by its configuration files, and where and in which form its weights are. */
export interface ModelInfo {
  /** Family of the model. */
  readonly modelType: "opt" | "gpt2" | "llama" | "qwen2" | "mistral";
  /** Number of rows of the embedding. Every token id is below it. */
  readonly vocabSize: number;
  /** Length of the longest text in tokens, the prompt and the new ones together. */
  readonly maxPositions: number;
  /** Width of the last hidden state, which the value head reads. */
  readonly hiddenSize: number;
  /** Number of transformer blocks. */
  readonly layers: number;
  /** Id of the padding token; absent when config.json names none. */
  readonly padTokenId?: number;
  /** Id of the token that starts a text; absent when config.json names none. */
  readonly bosTokenId?: number;
  /** Ids that end a text, from generation_config.json, else from config.json; empty when neither names one. */
  readonly eosTokenIds: readonly number[];
  /** Number of weights. Tied ones count once, and those of the value head count too. */
  readonly parameters: number;
  /** Memory of the weights in bytes. */
  readonly bytes: number;
  /** Device that holds the weights: "cpu" or "cuda:N". */
  readonly device: string;
  /** Type of the weights in memory, such as "float32". */
  readonly dtype: string;
  /** Whether the model has a value head, which PPO needs. */
  readonly valueHead: boolean;
  /** Whether the weights can be trained. */
  readonly trainable: boolean;
}

/** How a model is loaded. */
export interface LoadOptions {
  /** Device that holds the weights: "cpu" (default), "cuda" or "cuda:N". */
  readonly device?: string;
  /**
   * Type of the weights in memory: "float32" (default), "bfloat16", "float16", "float64" for checks, or "auto": the
   * 16-bit type that all weights of the folder have, else float32. A GPU computes in this type; a processor computes
   * 16-bit weights in float32.
   */
  readonly dtype?: "float32" | "bfloat16" | "float16" | "float64" | "auto";
  /** Whether the weights can be trained; they then take memory of their own. Default false. */
  readonly trainable?: boolean;
  /** Whether to load the value head, or to make a new one from `seed` when the folder has none. Default false. */
  readonly valueHead?: boolean;
  /** Seed of a new value head or, in `create`, of all weights. Default 0. */
  readonly seed?: number;
  /**
   * Ids that have a token, as {@link Tokenizer.ids} returns them. The model never draws another id, whose probability
   * is exactly 0 in all its results. Default: every row of the embedding has a token.
   */
  readonly tokenIds?: readonly number[];
}

/** Options of generation. */
export interface GenerateOptions {
  /** Token ids of each prompt. Their lengths may differ. */
  readonly prompts: readonly Int32Array[];
  /** Largest number of new tokens of a row. Default 20. */
  readonly maxNewTokens?: number | undefined;
  /** Smallest number of new tokens. End and stop ids are impossible before. Default 0. */
  readonly minNewTokens?: number | undefined;
  /** Whether ids are drawn (true), or the most probable one is taken (false). Default false. */
  readonly doSample?: boolean | undefined;
  /** Divisor of the logits before a draw, at least 1e-6. Default 1. */
  readonly temperature?: number | undefined;
  /** Number of most probable ids that are drawn from. 0 stands for all. Default 0. */
  readonly topK?: number | undefined;
  /** Ids are drawn from the most probable ones whose probabilities together reach this share. Default 1, all ids. */
  readonly topP?: number | undefined;
  /** Divisor of positive and factor of negative logits of ids that the row already has, padding aside. Default 1. */
  readonly repetitionPenalty?: number | undefined;
  /** Ids that end a row and stay as its last token. Default: those of the model's configuration. */
  readonly eosTokenIds?: readonly number[] | undefined;
  /** Further ids that end a row, for example every id with a line feed in it. */
  readonly stopTokenIds?: readonly number[] | undefined;
  /**
   * Compute with a copy of the weights in bfloat16, which takes the present weights at each call and stays with the
   * model. Default false.
   */
  readonly autocastBf16?: boolean | undefined;
  /** Row i draws from (seed, i); of a list, from (seed[i], 0). Other rows never matter. Default 0. */
  readonly seed?: number | readonly number[] | undefined;
  /** Called with each token as it is drawn; on a GPU, with those of up to eight draws at once. */
  readonly onToken?: ((row: number, token: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LOAD_NAMES = ["device", "dtype", "trainable", "valueHead", "seed", "tokenIds"];
const GENERATE_NAMES = [
  "prompts",
  "maxNewTokens",
  "minNewTokens",
  "doSample",
  "temperature",
  "topK",
  "topP",
  "repetitionPenalty",
  "eosTokenIds",
  "stopTokenIds",
  "autocastBf16",
  "seed",
  "onToken",
  "signal",
];

const GENERATE_KINDS = {
  eosTokenIds: "list",
  stopTokenIds: "list",
  onToken: "function",
  signal: "signal",
} as const;

/** A causal language model (GPT-2, OPT, Llama, Qwen2 or Mistral) whose weights the addon holds. */
export class LanguageModel {
  /** What config.json and generation_config.json say, and where the weights are. */
  readonly config: ModelInfo;
  /** The folder that the model was loaded from; undefined for a model that `create` made. */
  readonly directory: string | undefined;
  readonly #native: NativeHandle<NativeModel>;

  private constructor(native: NativeModel, directory: string | undefined) {
    this.#native = new NativeHandle(native, "model");
    this.directory = directory;
    this.config = native.info();
  }

  /**
   * Loads a model folder of the Hugging Face layout (config.json with safetensors or pytorch_model.bin, whole or in
   * shards), or a policy as TRL saves it, with its `v_head.*`.
   *
   * @throws DialoguePpoError ERR_CONFIG when an option is unknown or has an invalid value
   * @throws DialoguePpoError ERR_MODEL when the folder has no model, or one that is unsupported or inconsistent
   * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when a file is damaged
   * @throws DialoguePpoError ERR_DEVICE, ERR_OUT_OF_MEMORY, ERR_NATIVE_MISSING
   */
  static async load(directory: string, options: LoadOptions = {}): Promise<LanguageModel> {
    checkNames(options, LOAD_NAMES, "LanguageModel.load");
    checkKind("LanguageModel.load", "directory", directory, "path");
    const addon = loadAddon();
    checkModelFolder(directory);
    const native = await runJob(() => addon.loadModel(directory, options));
    return new LanguageModel(native, directory);
  }

  /**
   * Makes a model with random weights from the text of a config.json, initialised as transformers does.
   *
   * @throws DialoguePpoError ERR_CONFIG when an option is unknown or has an invalid value
   * @throws DialoguePpoError ERR_MODEL, ERR_DEVICE, ERR_OUT_OF_MEMORY, ERR_NATIVE_MISSING
   */
  static async create(configJson: string, options: LoadOptions = {}): Promise<LanguageModel> {
    checkNames(options, LOAD_NAMES, "LanguageModel.create");
    const native = await runJob(() => loadAddon().createModel(configJson, options));
    return new LanguageModel(native, undefined);
  }

  /** Memory of the weights in bytes. */
  get bytes(): number {
    return this.config.bytes;
  }

  /** Whether the weights were freed. Every other call then fails with ERR_DISPOSED. */
  get disposed(): boolean {
    return this.#native.disposed;
  }

  /**
   * Continues prompts. Each row ends with an end token, a stop token or its last possible token.
   *
   * @returns for each prompt the new ids, with the end token and without padding
   * @throws DialoguePpoError ERR_CONFIG (an option, or prompt and new tokens exceed the positions), ERR_SHAPE (an empty
   *   prompt or an id outside the vocabulary), ERR_ABORTED, ERR_DISPOSED, ERR_OUT_OF_MEMORY
   */
  async generate(options: GenerateOptions): Promise<{ sequences: Int32Array[] }> {
    checkNames(options, GENERATE_NAMES, "generate");
    checkKinds("generate", options, GENERATE_KINDS);
    const { prompts, seed = 0, onToken, signal, eosTokenIds = this.config.eosTokenIds, ...rest } = options;
    checkRows(prompts, "prompts");
    const { temperature = 1 } = rest;
    if (temperature > 0 && temperature < SMALLEST_TEMPERATURE) {
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `temperature: expected at least ${SMALLEST_TEMPERATURE}, got ${temperature}`,
      );
    }
    if (typeof seed !== "number" && (!Array.isArray(seed) || seed.length !== prompts.length)) {
      const got = Array.isArray(seed) ? seed.length : describeValue(seed);
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `seed: expected a number, or ${prompts.length} of them, got ${got}`,
      );
    }
    const draws = typeof seed === "number" ? { seed } : { seeds: [...seed] };
    const native = this.native;
    const chosen = { ...rest, ...draws, eosTokenIds: [...eosTokenIds] };
    return {
      sequences: await runJob((listener) => native.generate(prompts, chosen, listener), {
        signal,
        listener: onToken,
      }),
    };
  }

  /**
   * Returns the logits of every position.
   *
   * @param tokens ids of each row, none empty
   * @returns one array a row, [length, vocabulary], row-major, float32
   * @throws DialoguePpoError ERR_SHAPE (an empty row, an id outside the vocabulary, more ids than positions),
   *   ERR_DISPOSED, ERR_OUT_OF_MEMORY
   */
  async logits(tokens: readonly Int32Array[]): Promise<Float32Array[]> {
    checkRows(tokens, "tokens");
    const native = this.native;
    return runJob(() => native.logits(tokens));
  }

  /**
   * Returns the log-probability of each token but the first, given those before it.
   *
   * @param options.starts for each row, the place of the first token whose log-probability is wanted, from 1 to the
   *   row's length. Fewer tokens take less time. Default: 1 for each
   * @returns one array a row, [length - start], natural logarithms
   * @throws DialoguePpoError ERR_SHAPE, as {@link LanguageModel.logits}, and for a start out of range; ERR_CONFIG for
   *   an unknown option or a start that is not a whole number
   */
  async logProbs(
    tokens: readonly Int32Array[],
    options: { readonly starts?: readonly number[] } = {},
  ): Promise<Float32Array[]> {
    checkNames(options, ["starts"], "logProbs");
    checkRows(tokens, "tokens");
    const native = this.native;
    const { starts } = options;
    if (starts !== undefined && starts.length !== tokens.length) {
      throw new DialoguePpoError(
        "ERR_SHAPE",
        `starts: expected ${tokens.length}, one for each row; got ${starts.length}`,
      );
    }
    return runJob(() => native.logProbs(tokens, starts && { starts: [...starts] }));
  }

  /**
   * Computes the negative log-likelihood of rows. Their perplexity is exp(nats / tokens).
   *
   * @param lossMasks one 0/1 array a row, as long as the row; tokens with 0 are context only
   * @returns the sum over all predicted tokens and their number
   * @throws DialoguePpoError ERR_SHAPE, as {@link LanguageModel.logits}
   */
  async negativeLogLikelihood(
    rows: readonly Int32Array[],
    lossMasks?: readonly Uint8Array[],
  ): Promise<{ nats: number; tokens: number }> {
    checkRows(rows, "rows");
    checkMasks(lossMasks, rows, "lossMasks");
    const native = this.native;
    return runJob(() => native.nll(rows, lossMasks ? [...lossMasks] : undefined));
  }

  /**
   * Writes config.json, model.safetensors (float32 for a trained model) and, with a head, value_head.safetensors, as
   * transformers loads them. The folder is made when it is absent.
   *
   * @throws DialoguePpoError ERR_CONFIG when the folder cannot be written to, ERR_IO when the disk is full or fails
   * @throws DialoguePpoError ERR_DISPOSED
   */
  async save(directory: string): Promise<void> {
    checkKind("save", "directory", directory, "path");
    const native = this.native;
    const made = makeOutputFolder(directory);
    await runJob(() => native.save(directory)).catch((error) => {
      removeMadeFolders(directory, made);
      throw error;
    });
  }

  /**
   * Returns a frozen copy with its own memory and without a value head.
   * @throws DialoguePpoError ERR_DISPOSED, ERR_OUT_OF_MEMORY
   */
  async cloneFrozen(): Promise<LanguageModel> {
    const native = this.native;
    return new LanguageModel(await runJob(() => native.cloneFrozen()), this.directory);
  }

  /** Waits for running jobs and frees the weights. Further calls wait for the first one. */
  async dispose(): Promise<void> {
    await this.#native.dispose();
  }

  /** Disposes of the model at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** @internal */
  get native(): NativeModel {
    return this.#native.live;
  }
}

/**
 * @internal
 * @throws DialoguePpoError ERR_CONFIG when an argument is no model
 */
export function checkModel(where: string, name: string, value: unknown): void {
  if (value instanceof LanguageModel) return;
  throw new DialoguePpoError("ERR_CONFIG", `${where}: ${name}: expected a LanguageModel`);
}
