/** Histogram with bins of equal width between the smallest and the largest value. */
export interface Bins {
  /** Bin edges in ascending order, one more than the number of bins. */
  readonly edges: readonly number[];
  /** Number of values in each bin. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly sumOfSquares: number;
}

const BINS = 32;

/** Returns the histogram of the finite values, or undefined when there are none. */
export function computeBins(values: ArrayLike<number>): Bins | undefined {
  const finite = Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const width = (high - low) / BINS || 1;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of finite) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return {
    edges: Array.from({ length: BINS + 1 }, (_, index) => low + width * index),
    counts,
    sum: finite.reduce((total, value) => total + value, 0),
    sumOfSquares: finite.reduce((total, value) => total + value * value, 0),
  };
}
