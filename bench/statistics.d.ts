/** Median, smallest and largest value, and the number of values. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}
export function summary(values: readonly number[]): Summary;
/** Returns the exponent k of the best fit y = c x^k. */
export function growthExponent(points: readonly { readonly x: number; readonly y: number }[]): number;
