// Symbol.asyncDispose in the declarations must not need a newer `lib` in a user's tsconfig.
/// <reference lib="esnext.disposable" preserve="true" />
import { DialoguePpoError } from "../errors.ts";
import { checkNames } from "../names.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import type { NativeModel } from "../native/types.ts";
import { makeOutputFolder } from "../output-place.ts";
import { checkModelFolder } from "./folder.ts";
import { NativeHandle } from "./native-handle.ts";
import { checkRows } from "./validate.ts";

/** What a model is: its configuration files, and where and how its weights lie. */
export interface ModelInfo {
  readonly modelType: "opt" | "gpt2" | "llama" | "qwen2" | "mistral";
  /** Rows of the embedding: every token id is below it. */
  readonly vocabSize: number;
  /** Longest text in tokens, prompt and new ones together. */
  readonly maxPositions: number;
  /** Width of the last hidden state, which the value head reads. */
  readonly hiddenSize: number;
  readonly layers: number;
  readonly padTokenId?: number;
  readonly bosTokenId?: number;
  /** Of generation_config.json, else of config.json; empty when neither names one. */
  readonly eosTokenIds: readonly number[];
  /** Number of weights, tied ones counted once, the value head included. */
  readonly parameters: number;
  /** Memory of the weights. */
  readonly bytes: number;
  /** "cpu" or "cuda:N". */
  readonly device: string;
  readonly dtype: string;
  readonly valueHead: boolean;
  readonly trainable: boolean;
}

/** How a model is loaded. */
export interface LoadOptions {
  /** "cpu" (default), "cuda" or "cuda:N". */
  readonly device?: string;
  /**
   * Type of the weights in memory: "float32" (default), "bfloat16", "float16", "float64" for checks, or "auto": the
   * 16-bit type that all weights of the folder have, else float32. A GPU computes in this type; a processor computes
   * 16-bit weights in float32.
   */
  readonly dtype?: "float32" | "bfloat16" | "float16" | "float64" | "auto";
  /** Whether the weights can be trained; they then take memory of their own. Default false. */
  readonly trainable?: boolean;
  /** Load the value head, or make a new one from `seed` when the folder has none. Default false. */
  readonly valueHead?: boolean;
  /** Of a new value head or, in `create`, of all weights. Default 0. */
  readonly seed?: number;
  /**
   * Ids that have a token, as {@link Tokenizer.ids} returns them. The model never draws another id, whose probability
   * is exactly 0 in all its results. Default: every row of the embedding has a token.
   */
  readonly tokenIds?: readonly number[];
}

/** Options of generation; an absent one is off. */
export interface GenerateOptions {
  /** Token ids of each prompt; lengths may differ. */
  readonly prompts: readonly Int32Array[];
  /** Default 20. */
  readonly maxNewTokens?: number;
  /** End and stop ids are impossible before this many. Default 0. */
  readonly minNewTokens?: number;
  /** Draw (true) or take the most probable id (false, default). */
  readonly doSample?: boolean;
  /** Above 0; default 1. */
  readonly temperature?: number;
  /** 0 (default): off. */
  readonly topK?: number;
  /** 1 (default): off. */
  readonly topP?: number;
  /** 1 (default): off. Counts real tokens only, never padding. */
  readonly repetitionPenalty?: number;
  /** Ids that end a row and stay as its last token. Default: those of the model's configuration. */
  readonly eosTokenIds?: readonly number[];
  /** Further ids that end a row, for example every id with a line feed in it. */
  readonly stopTokenIds?: readonly number[];
  /**
   * Compute with a copy of the weights in bfloat16, which takes the present weights at each call and stays with the
   * model. Default false.
   */
  readonly autocastBf16?: boolean;
  /** Row i draws from (seed, i); of a list, from (seed[i], 0). Other rows never matter. Default 0. */
  readonly seed?: number | readonly number[];
  /** Called with each token as it is drawn; on a GPU, with those of up to eight draws at once. */
  readonly onToken?: (row: number, token: number) => void;
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

/** An OPT or Llama language model held by the native core. */
export class LanguageModel {
  /** What config.json and generation_config.json say, and where the weights are. */
  readonly config: ModelInfo;
  /** The folder it was loaded from; undefined for a model made by `create`. */
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
   * @throws DialoguePpoError ERR_MODEL (unsupported or inconsistent), ERR_CHECKPOINT_FORMAT (damaged), ERR_DEVICE
   */
  static async load(directory: string, options: LoadOptions = {}): Promise<LanguageModel> {
    checkNames(options, LOAD_NAMES, "LanguageModel.load");
    const addon = loadAddon();
    checkModelFolder(directory);
    const native = await runJob(() => addon.loadModel(directory, options));
    return new LanguageModel(native, directory);
  }

  /**
   * Makes a model with random weights from the text of a config.json, initialised as transformers does.
   * @throws DialoguePpoError ERR_MODEL, ERR_DEVICE
   */
  static async create(configJson: string, options: LoadOptions = {}): Promise<LanguageModel> {
    checkNames(options, LOAD_NAMES, "LanguageModel.create");
    const native = await runJob(() => loadAddon().createModel(configJson, options));
    return new LanguageModel(native, undefined);
  }

  /** Bytes of the weights. */
  get bytes(): number {
    return this.config.bytes;
  }

  /** Whether the weights were freed; every other call then fails with ERR_DISPOSED. */
  get disposed(): boolean {
    return this.#native.disposed;
  }

  /**
   * Continues prompts.
   *
   * @returns the new tokens only, the end token kept, no pads
   * @throws DialoguePpoError ERR_CONFIG (an option, or prompt and new tokens exceed the positions), ERR_SHAPE (an empty
   *   prompt or an id outside the vocabulary), ERR_ABORTED
   */
  async generate(options: GenerateOptions): Promise<{ sequences: Int32Array[] }> {
    checkNames(options, GENERATE_NAMES, "generate");
    const { prompts, seed = 0, onToken, signal, eosTokenIds = this.config.eosTokenIds, ...rest } = options;
    checkRows(prompts, "prompts");
    const draws = typeof seed === "number" ? { seed } : { seeds: [...seed] };
    if (typeof seed !== "number" && seed.length !== prompts.length) {
      throw new DialoguePpoError(
        "ERR_CONFIG",
        `seed: expected ${prompts.length} numbers, got ${seed.length}`,
      );
    }
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
   * Logits of every position.
   *
   * @param tokens ids of each row, none empty
   * @returns one array a row, [length, vocabulary], row-major, float32
   * @throws DialoguePpoError ERR_SHAPE (an empty row, an id outside the vocabulary, more ids than positions)
   */
  async logits(tokens: readonly Int32Array[]): Promise<Float32Array[]> {
    checkRows(tokens, "tokens");
    const native = this.native;
    return runJob(() => native.logits(tokens));
  }

  /**
   * Log-probability of each token but the first, given those before it.
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
   * Negative log-likelihood of rows, for perplexity: exp(nats / tokens).
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
    const native = this.native;
    return runJob(() => native.nll(rows, lossMasks ? [...lossMasks] : undefined));
  }

  /**
   * Writes config.json, model.safetensors (float32 for a trained model) and, with a head, value_head.safetensors: what
   * transformers loads as it is. The folder is made when it is absent.
   */
  async save(directory: string): Promise<void> {
    const native = this.native;
    makeOutputFolder(directory);
    await runJob(() => native.save(directory));
  }

  /** A frozen copy with memory of its own and no value head. */
  async cloneFrozen(): Promise<LanguageModel> {
    const native = this.native;
    return new LanguageModel(await runJob(() => native.cloneFrozen()), this.directory);
  }

  /** Waits for what is under way and frees the weights. Idempotent. */
  async dispose(): Promise<void> {
    await this.#native.dispose();
  }

  /** For `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** @internal */
  get native(): NativeModel {
    return this.#native.live;
  }
}
