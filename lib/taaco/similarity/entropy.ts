/** Number of parts into which the table divides the numbers between two powers of 2. */
const PARTS = 128;
/** The table covers numbers from 2^-62 up to 2^2, which are 64 powers of 2. */
const LOWEST_EXPONENT = -62;
const ENTRIES = 64 * PARTS;
/** For each part, 1 divided by a point in its middle, and the logarithm of that point. */
const POINTS = new Float64Array(2 * ENTRIES);
for (let entry = 0; entry < ENTRIES; entry++) {
  const point = (1 + ((entry % PARTS) + 0.5) / PARTS) * 2 ** (LOWEST_EXPONENT + Math.floor(entry / PARTS));
  POINTS.set([1 / point, Math.log(point)], 2 * entry);
}
/**
 * The high half of a double holds its exponent, plus 1023, and the first bits of its mantissa. Without its last 13 bits
 * it numbers the parts.
 */
const PART_BITS = 13;
const FIRST_PART = (1023 + LOWEST_EXPONENT) * PARTS;

/** Number of terms that are computed side by side. */
const LANES = 4;

/**
 * Numbers whose entropy is summed, and the two halves of each as integers. The high half comes second (little-endian).
 */
let terms = new Float64Array(512);
let halves = new Int32Array(terms.buffer);

/** Returns an array of at least the given length, into which the caller of {@link sumOfTerms} writes its numbers. */
export function entropyTerms(length: number): Float64Array {
  if (terms.length < length + LANES) {
    terms = new Float64Array(length + LANES);
    halves = new Int32Array(terms.buffer);
  }
  return terms;
}

/**
 * Returns where the table has the point near a number, by the high half of the number. A number below all parts may get
 * any point.
 */
const pointNear = (high: number): number => 2 * (((high >>> PART_BITS) - FIRST_PART) & (ENTRIES - 1));

/** Returns the logarithm of a number near a point of the table, with five terms of a Taylor series. */
function logarithm(term: number, point: number): number {
  const rest = term * (POINTS[point] as number) - 1;
  const square = rest * rest;
  const series = rest + square * (rest * (1 / 3) - 0.5 + square * (rest * 0.2 - 0.25));
  return (POINTS[point + 1] as number) + series;
}

/**
 * Returns the sum of x ln x over the first numbers of {@link entropyTerms}. Each logarithm is right to 2e-15, absolute
 * or relative. This is faster than Math.log, which is most of the work of the indices of topics. Four sums grow side by
 * side, because each addition waits for the one before it. What numbers below 2^-62 add is wrong, but below 1e-16.
 *
 * @param count how many numbers. None may be below 0, or 4 or more; 0 adds nothing.
 */
export function sumOfTerms(count: number): number {
  const [numbers, high] = [terms, halves];
  numbers.fill(0, count, count + LANES);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let at = 0; at < count; at += LANES) {
    const a = numbers[at] as number;
    const b = numbers[at + 1] as number;
    const c = numbers[at + 2] as number;
    const d = numbers[at + 3] as number;
    first += a * logarithm(a, pointNear(high[2 * at + 1] as number));
    second += b * logarithm(b, pointNear(high[2 * at + 3] as number));
    third += c * logarithm(c, pointNear(high[2 * at + 5] as number));
    fourth += d * logarithm(d, pointNear(high[2 * at + 7] as number));
  }
  return first + second + third + fourth;
}
