import type { ErrorCode } from "../../errors.ts";
import type { ListOptions } from "../lists/word-lists.ts";
import type { AnnotatedText, ArithmeticMode, TaacoInput, VectorSpace } from "../types.ts";

/** A space that threads can share: its values lie in shared memory. */
export interface SharedSpace {
  readonly kind: VectorSpace["kind"];
  readonly dimensions: number;
  readonly words: readonly string[];
  readonly values: Float32Array;
}

/** What the rows of texts hold. */
export interface RowParts {
  /** Names of indices, of which at least the families are computed. Default: all indices. */
  readonly only?: readonly string[];
  /** Whether each row holds the counts of its text. */
  readonly counts?: boolean;
  /** Whether each row holds the language analysis of its text. */
  readonly tagged?: boolean;
}

/** Settings that a worker receives when it starts. */
export interface WorkerSetup {
  readonly mode: ArithmeticMode;
  readonly spaces: readonly SharedSpace[];
  readonly lists: ListOptions;
  readonly parts: RowParts;
}

/** A batch of texts for a worker. */
export interface ScoringJob {
  readonly texts: readonly TaacoInput[];
  /** Text that all texts are compared with, or one for each text, null for none. */
  readonly source?: TaacoInput | { readonly each: readonly (TaacoInput | null)[] };
}

/**
 * The message that a worker returns for a job. It holds the words of each text and the values of all texts, shape
 * [texts, indices], with NaN for null; or the code and message of an error.
 */
export type JobResult =
  | {
      readonly words: Int32Array;
      readonly values: Float64Array;
      readonly counts?: readonly (readonly number[])[];
      readonly tagged?: readonly AnnotatedText[];
    }
  | { readonly code: ErrorCode; readonly message: string };

/** The values of one text, in the order of the official indices. */
export interface IndexRow {
  /** Number of tokens that have a letter or digit. */
  readonly words: number;
  /** Values of the indices. NaN stands for null. */
  readonly values: Float64Array;
  /** Counts in the order of `COUNT_NAMES`, if they were asked for. */
  readonly counts?: readonly number[];
  /** Language analysis with all word classes, if it was asked for. */
  readonly tagged?: AnnotatedText;
}
