/** Number of parts into which the tables divide the mantissas, which are from 1 to 2. */
const PARTS = 128;
/** For each part: a point in its middle, 1 divided by it, and its logarithm. The fourth number is unused. */
const POINTS = new Float64Array(4 * PARTS);
for (let part = 0; part < PARTS; part++) {
  const point = 1 + (part + 0.5) / PARTS;
  POINTS.set([point, 1 / point, Math.log(point)], 4 * part);
}

/** For each exponent as a double holds it: the power of 2 that brings a number to its mantissa, and the logarithm of its inverse. */
const EXPONENTS = 2048;
const SCALES = new Float64Array(EXPONENTS);
const SCALE_LOGS = new Float64Array(EXPONENTS);
for (let exponent = 1; exponent < EXPONENTS - 1; exponent++) {
  SCALES[exponent] = 2 ** (1023 - exponent);
  SCALE_LOGS[exponent] = (exponent - 1023) * Math.LN2;
}

/** Numbers whose entropy is summed, and the two halves of each as integers. The high half comes second (little-endian). */
let terms = new Float64Array(512);
let halves = new Int32Array(terms.buffer);

/** Returns an array of at least the given length, into which the caller of {@link sumOfTerms} writes its numbers. */
export function entropyTerms(length: number): Float64Array {
  if (terms.length < length) {
    terms = new Float64Array(length);
    halves = new Int32Array(terms.buffer);
  }
  return terms;
}

/**
 * Returns the sum of x ln x over the first numbers of {@link entropyTerms}. Each logarithm is right to 2e-15, absolute or relative.
 * This is faster than Math.log, which is most of the work of the indices of topics. The logarithm of a number is the sum of those
 * of its power of 2 and of the nearest point in a table, and of five terms of a Taylor series.
 *
 * @param count how many numbers. None may be below 0; 0 adds nothing.
 */
export function sumOfTerms(count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const term = terms[at] as number;
    const high = halves[2 * at + 1] as number;
    const exponent = high >>> 20;
    const point = (high >>> 11) & (4 * (PARTS - 1));
    const mantissa = term * (SCALES[exponent] as number);
    const rest = (mantissa - (POINTS[point] as number)) * (POINTS[point + 1] as number);
    const square = rest * rest;
    const series = rest + square * (rest * (1 / 3) - 0.5 + square * (rest * 0.2 - 0.25));
    sum += term * ((SCALE_LOGS[exponent] as number) + (POINTS[point + 2] as number) + series);
  }
  return sum;
}
