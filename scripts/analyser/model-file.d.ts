/** A classifier as the training leaves it. */
export interface TrainedPart {
  readonly labels: readonly string[];
  /** For each feature its key, and the numbers of the labels for which it has a weight, with these weights. */
  readonly rows: readonly {
    readonly key: number;
    readonly targets: readonly number[];
    readonly values: readonly number[];
  }[];
}

/** Returns the bytes of the model file. */
export function encodeModel(
  parts: readonly TrainedPart[],
  rest: {
    readonly sets: ReadonlyMap<number, number>;
    readonly fixed: Readonly<Record<string, string>>;
    readonly clearMargin: number;
  },
): Buffer;
