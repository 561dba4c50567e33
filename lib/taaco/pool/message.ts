import type { ErrorCode } from "../../errors.ts";
import type { ListOptions } from "../lists/word-lists.ts";
import type { ArithmeticMode, ReopenableMatrix, TaacoInput, VectorSpace } from "../types.ts";

/** A space in a form that threads can share: its values lie in shared memory, or in a file that each thread maps. */
export interface SharedSpace {
  readonly kind: VectorSpace["kind"];
  readonly dimensions: number;
  readonly words: readonly string[];
  readonly values: Float32Array | ReopenableMatrix;
}

/** What a worker is started with. */
export interface WorkerSetup {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly SharedSpace[];
  readonly lists: ListOptions;
}

/** Texts for a worker. */
export interface Job {
  readonly texts: readonly TaacoInput[];
  readonly source?: TaacoInput;
}

/** A worker's answer: a row of values for each text, NaN for null; or why there is none. */
export type Answer =
  | { readonly words: Int32Array; readonly values: Float64Array }
  | { readonly code: ErrorCode; readonly message: string };

/** The values of one text, in the order of the official names. */
export interface IndexRow {
  /** Kept tokens with a letter or digit. */
  readonly words: number;
  /** NaN for null. */
  readonly values: Float64Array;
}
