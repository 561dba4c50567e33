import type { ErrorCode } from "../../errors.ts";
import type { ListOptions } from "../lists/word-lists.ts";
import type { ArithmeticMode, TaacoInput, VectorSpace } from "../types.ts";

/** A space that threads can share: its values lie in shared memory. */
export interface SharedSpace {
  readonly kind: VectorSpace["kind"];
  readonly dimensions: number;
  readonly words: readonly string[];
  readonly values: Float32Array;
}

/** Settings that a worker receives when it starts. */
export interface WorkerSetup {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly SharedSpace[];
  readonly lists: ListOptions;
}

/** A batch of texts for a worker. */
export interface ScoringJob {
  readonly texts: readonly TaacoInput[];
  readonly source?: TaacoInput;
}

/**
 * The message that a worker returns for a job. It holds the words of each text and the values of all texts, shape [texts,
 * indices], with NaN for null; or the code and message of an error.
 */
export type JobResult =
  | { readonly words: Int32Array; readonly values: Float64Array }
  | { readonly code: ErrorCode; readonly message: string };

/** The values of one text, in the order of the official indices. */
export interface IndexRow {
  /** Number of tokens that have a letter or digit. */
  readonly words: number;
  /** Values of the indices. NaN stands for null. */
  readonly values: Float64Array;
}
