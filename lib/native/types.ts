// These interfaces describe the addon's exports. They are written by hand; a test compares the names with the addon.

/** A running native operation. Every slow call of the addon returns one. */
export interface NativeJob<T> {
  /** Settles when the operation ends. Its errors have a `code`. */
  readonly promise: Promise<T>;
  /** Requests the end of the operation, whose promise is then rejected with ERR_ABORTED. */
  cancel(): void;
}

/** Called with two numbers from the engine thread: (row, token) during generation, (done, total) for progress. */
export type NativeListener = (first: number, second: number) => void;

/** Configuration of a loaded model, with the fields of `ModelInfo`. */
export interface NativeModelInfo {
  modelType: "opt" | "gpt2" | "llama" | "qwen2" | "mistral";
  vocabSize: number;
  maxPositions: number;
  hiddenSize: number;
  layers: number;
  padTokenId?: number;
  bosTokenId?: number;
  eosTokenIds: number[];
  parameters: number;
  bytes: number;
  device: string;
  dtype: string;
  valueHead: boolean;
  trainable: boolean;
}

/** A model whose weights the addon holds. */
export interface NativeModel {
  generate(prompts: Int32Array[], options: object, listener?: NativeListener): NativeJob<Int32Array[]>;
  logits(tokens: Int32Array[]): NativeJob<Float32Array[]>;
  logProbs(tokens: Int32Array[], options?: { starts?: number[] }): NativeJob<Float32Array[]>;
  nll(rows: Int32Array[], lossMasks?: Uint8Array[]): NativeJob<{ nats: number; tokens: number }>;
  save(dir: string): NativeJob<void>;
  cloneFrozen(): NativeJob<NativeModel>;
  info(): NativeModelInfo;
  dispose(): void;
}

/** Result of a PPO step, with the fields of `PpoStepResult`. */
export interface NativePpoStep {
  stats: Record<string, number>;
  arrays: Record<string, Float32Array>;
  gradientNorms: number[];
  klCoef: number;
  learningRate: number;
}

/** What the trainers have in common. */
export interface NativeTrainer {
  saveState(dir: string): NativeJob<void>;
  loadState(dir: string): NativeJob<void>;
  dispose(): void;
}

/** A PPO trainer with its optimizer state. */
export interface NativePpoTrainer extends NativeTrainer {
  step(batch: object, listener?: NativeListener): NativeJob<NativePpoStep>;
}

/** Result of a step of language model training, with the fields of `LmStepResult`. */
export interface NativeLmStep {
  loss: number;
  gradientNorm: number;
  learningRate: number;
  tokens: number;
  parts: number;
}

/** Step counts of the learning rate schedule. Without `totalSteps`, the rate stays constant after the warm-up. */
export interface NativeLmPlan {
  readonly warmupSteps?: number | undefined;
  readonly totalSteps?: number | undefined;
}

/** Where the processes of a group with a GPU each find each other. */
export interface NativeRendezvous {
  readonly rank: number;
  readonly size: number;
  /** Number of the GPU of this process. */
  readonly device: number;
  readonly host: string;
  readonly port: number;
  /** Whether the launcher listens there already. Otherwise rank 0 does. */
  readonly hasServer: boolean;
  /** How often the launcher has started the processes again. */
  readonly attempt: number;
}

/** This process among those that work together. */
export interface NativeGroup {
  rank(): number;
  size(): number;
  /** Returns the bytes of all processes in the order of ranks. */
  allGather(bytes: Uint8Array): NativeJob<Uint8Array[]>;
  /** Returns the bytes of rank 0. */
  broadcast(bytes: Uint8Array): NativeJob<Uint8Array>;
  any(value: boolean): NativeJob<boolean>;
  /** Makes the next call of every other process fail with this error, and waits until they have come to it. */
  fail(code: string, message: string): NativeJob<void>;
  /** Whether the others count on this process. If it ends meanwhile, they are ended too. */
  setWorking(working: boolean): void;
}

/** A trainer for next-token prediction with its optimizer state. */
export interface NativeLmTrainer extends NativeTrainer {
  step(rows: Int32Array[], lossMasks?: Uint8Array[], plan?: NativeLmPlan): NativeJob<NativeLmStep>;
}

/**
 * A PPO option with the limits that the addon checks. An absent limit does not apply. Without `default`, it is not set.
 */
export interface NativeOption {
  readonly name: string;
  readonly kind: "number" | "integer" | "boolean" | "string";
  readonly default?: number | boolean | string;
  /** The value must be at least this. */
  readonly min?: number;
  /** The value must be above this. */
  readonly above?: number;
  /** The value must be at most this. */
  readonly max?: number;
  /** The value must be below this. */
  readonly below?: number;
  /** Allowed values of a string. */
  readonly choices?: readonly string[];
}

/**
 * A learned semantic space. `values` has shape [words, dimensions], row-major. A corpus of low rank gives fewer
 * dimensions than requested.
 */
export interface NativeSpace {
  dimensions: number;
  values: Float32Array;
}

/** The exports of the addon. */
export interface NativeAddon {
  /**
   * Returns version and build of libtorch, the number of threads that one operation uses, whether this build records
   * the steps of a GPU as CUDA graphs and has kernels of our own for a GPU, and the backends that connect several
   * processes in this build: "mpi", "nccl".
   */
  versions(): {
    libtorch: string;
    flavour: "cpu" | "cuda";
    threads: number;
    cudaGraphs: boolean;
    gpuKernels: boolean;
    backends: string[];
  };
  /** Returns the names of the available devices, such as "cpu" and "cuda:0". */
  devices(): string[];
  /** Sets the number of threads that one operation uses, for the jobs that start from now on. */
  setThreads(threads: number): void;
  /** Returns the memory of all models and trainers in this process, in bytes. */
  memoryInUse(): number;
  /** Resolves when all jobs that were started before this call have ended. */
  drain(): NativeJob<void>;
  /** Loads a model folder. */
  loadModel(dir: string, options: object): NativeJob<NativeModel>;
  /** Creates a model with random weights from the text of a config.json. */
  createModel(configJson: string, options: object): NativeJob<NativeModel>;
  /** Creates a PPO trainer for a model. Without a reference, it makes a frozen copy of the model. */
  createPpoTrainer(
    child: NativeModel,
    reference: NativeModel | undefined,
    options: object,
    group?: NativeGroup,
  ): NativeJob<NativePpoTrainer>;
  /** Returns all options of `createPpoTrainer`, in a fixed order. */
  ppoOptions(): NativeOption[];
  /** Creates a trainer for next-token prediction. */
  createLmTrainer(model: NativeModel, options: object, group?: NativeGroup): NativeJob<NativeLmTrainer>;
  /**
   * Joins the processes that a launcher started, and waits for them: by NCCL if they meet at an address, else by MPI.
   */
  openGroup(rendezvous?: NativeRendezvous): NativeGroup;
  /**
   * Learns a semantic space. Document d consists of tokens[offsets[d]] up to but not including tokens[offsets[d + 1]].
   * Tokens are word numbers below `words`. Options: dimensions, seed, threads; iterations (lda), epochs (word2vec). The
   * listener is called with (fraction done, 1).
   */
  learnSpace(
    kind: "lsa" | "lda" | "word2vec",
    tokens: Int32Array,
    offsets: Int32Array,
    words: number,
    options: object,
    listener?: NativeListener,
  ): NativeJob<NativeSpace>;
}

/** Names that the addon must export: the keys of {@link NativeAddon}. */
export const NATIVE_EXPORTS: readonly (keyof NativeAddon)[] = [
  "createLmTrainer",
  "createModel",
  "createPpoTrainer",
  "devices",
  "drain",
  "learnSpace",
  "loadModel",
  "memoryInUse",
  "openGroup",
  "ppoOptions",
  "setThreads",
  "versions",
];
