/** Returns the arithmetic mean of numbers; NaN when there is none. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
