/**
 * A running call of the addon. This file describes the addon's exports by hand; a test compares the names with the
 * real ones. Every slow call returns a job.
 */
export interface NativeJob<T> {
  readonly promise: Promise<T>;
  cancel(): void;
}

/** Receives two numbers from the engine thread: (row, token) or (done, total). */
export type NativeListener = (first: number, second: number) => void;

export interface NativeModelInfo {
  modelType: "opt" | "llama";
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

export interface NativeModel {
  generate(prompts: Int32Array[], options: object, listener?: NativeListener): NativeJob<Int32Array[]>;
  logits(tokens: Int32Array[], padSide: "left" | "right"): NativeJob<Float32Array[]>;
  logProbs(tokens: Int32Array[]): NativeJob<Float32Array[]>;
  nll(rows: Int32Array[], lossMasks?: Uint8Array[]): NativeJob<{ nats: number; tokens: number }>;
  save(dir: string): NativeJob<void>;
  cloneFrozen(): NativeJob<NativeModel>;
  info(): NativeModelInfo;
  dispose(): void;
}

export interface NativePpoStep {
  stats: Record<string, number>;
  arrays: Record<string, Float32Array>;
  gradientNorms: number[];
  klCoef: number;
  learningRate: number;
}

export interface NativePpoTrainer {
  step(batch: object, listener?: NativeListener): NativeJob<NativePpoStep>;
  saveState(dir: string): NativeJob<void>;
  loadState(dir: string): NativeJob<void>;
  dispose(): void;
}

export interface NativeLmStep {
  loss: number;
  gradientNorm: number;
  learningRate: number;
  tokens: number;
}

/** The lengths that place a step on the schedule; without `totalSteps` the rate stays constant after the warm-up. */
export interface NativeLmPlan {
  readonly warmupSteps?: number | undefined;
  readonly totalSteps?: number | undefined;
}

export interface NativeLmTrainer {
  step(rows: Int32Array[], lossMasks?: Uint8Array[], plan?: NativeLmPlan): NativeJob<NativeLmStep>;
  saveState(dir: string): NativeJob<void>;
  loadState(dir: string): NativeJob<void>;
  dispose(): void;
}

/** A PPO option as C++ reads and checks it. An absent bound does not apply; an absent default means "not set". */
export interface NativeOption {
  readonly name: string;
  readonly kind: "number" | "integer" | "boolean" | "string";
  readonly default?: number | boolean | string;
  /** value >= min */
  readonly min?: number;
  /** value > above */
  readonly above?: number;
  /** value <= max */
  readonly max?: number;
  /** value < below */
  readonly below?: number;
  readonly choices?: readonly string[];
}

/** Row-major, words x dimensions; a corpus of low rank yields fewer dimensions than were asked for. */
export interface NativeSpace {
  dimensions: number;
  values: Float32Array;
}

export interface NativeAddon {
  versions(): { libtorch: string; flavour: "cpu" | "cuda"; threads: number };
  devices(): string[];
  setThreads(threads: number): void;
  /** A file's bytes, mapped for as long as the buffer is alive; it cannot be given to another thread. */
  mapFile(path: string): ArrayBuffer;
  /** Bytes of weights held by all models of the process. */
  memoryInUse(): number;
  /** Resolves when every job that was started before it has ended. */
  drain(): NativeJob<void>;
  loadModel(dir: string, options: object): NativeJob<NativeModel>;
  createModel(configJson: string, options: object): NativeJob<NativeModel>;
  createPpoTrainer(
    child: NativeModel,
    reference: NativeModel | undefined,
    options: object,
  ): NativeJob<NativePpoTrainer>;
  /** Every option that `createPpoTrainer` takes, in a fixed order. */
  ppoOptions(): NativeOption[];
  createLmTrainer(model: NativeModel, options: object): NativeJob<NativeLmTrainer>;
  /**
   * Document d is tokens[offsets[d]] to tokens[offsets[d + 1]]; tokens are below `words`. Options: dimensions, seed,
   * threads; iterations (lda), epochs (word2vec). The listener gets (fraction done, 1).
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

/** Names the addon must export; kept beside the interface they mirror. */
export const NATIVE_EXPORTS: readonly (keyof NativeAddon)[] = [
  "createLmTrainer",
  "createModel",
  "createPpoTrainer",
  "devices",
  "drain",
  "learnSpace",
  "loadModel",
  "mapFile",
  "memoryInUse",
  "ppoOptions",
  "setThreads",
  "versions",
];
