import { mean } from "../mean.ts";
import { mulberry32 } from "../random.ts";

/** A mean difference with its paired bootstrap interval. */
export interface PairedDifference {
  readonly before: number;
  readonly after: number;
  /** after - before */
  readonly difference: number;
  /** Bounds of the percentile interval. */
  readonly low: number;
  readonly high: number;
}

/** Probability that an interval covers. */
const CONFIDENCE = 0.95;

function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (at - below) * (high - low);
}

/** Options of the bootstrap. */
export interface BootstrapOptions {
  /** Number of resamples. Default 10,000. */
  readonly resamples?: number;
  /** Seed of the resamples. Default 0. */
  readonly seed?: number;
}

// Largest table of resamples to keep. An evaluation compares hundreds of measures with the same resamples.
const MAX_CACHED_UNITS = 16 * 2 ** 20;
let cachedResamples: { readonly key: string; readonly units: Int32Array } | undefined;

/** Yields the units of each resample. The resamples of the last call are kept unless they are too many. */
function* drawResamples(count: number, resamples: number, seed: number): Generator<Int32Array> {
  const key = `${count}/${resamples}/${seed}`;
  if (cachedResamples?.key === key) {
    for (let at = 0; at < count * resamples; at += count)
      yield cachedResamples.units.subarray(at, at + count);
    return;
  }
  const keep = count * resamples <= MAX_CACHED_UNITS;
  const table = new Int32Array(keep ? count * resamples : count);
  const draw = mulberry32(seed);
  for (let sample = 0; sample < resamples; sample++) {
    const at = keep ? sample * count : 0;
    for (let index = 0; index < count; index++) table[at + index] = Math.floor(draw() * count);
    yield table.subarray(at, at + count);
  }
  if (keep) cachedResamples = { key, units: table };
}

/**
 * Computes the percentile interval of a statistic of `count` units drawn with replacement (Efron & Tibshirani 1993, ch.
 * 13).
 *
 * @param statistic computes the statistic of a resample from the numbers of its units
 */
export function bootstrapInterval(
  count: number,
  statistic: (units: Int32Array) => number,
  options: BootstrapOptions = {},
): { low: number; high: number } {
  const { resamples = 10_000, seed = 0 } = options;
  const values = new Float64Array(resamples);
  let sample = 0;
  for (const units of drawResamples(count, resamples, seed)) values[sample++] = statistic(units);
  values.sort();
  const tail = (1 - CONFIDENCE) / 2;
  return { low: percentile(values, tail), high: percentile(values, 1 - tail) };
}

const NO_PAIRS: PairedDifference = {
  before: Number.NaN,
  after: Number.NaN,
  difference: Number.NaN,
  low: Number.NaN,
  high: Number.NaN,
};

/** Replaces bounds that are zero but for rounding: an interval that ends at zero must not seem to exclude it. */
function dropRounding(
  bounds: { low: number; high: number },
  tolerance: number,
): { low: number; high: number } {
  const drop = (bound: number): number => (Math.abs(bound) <= tolerance ? 0 : bound);
  return { low: drop(bounds.low), high: drop(bounds.high) };
}

/**
 * Computes a mean difference and its paired bootstrap interval. Dialogues are drawn with replacement, both sides of a
 * dialogue together.
 *
 * @param before one value per dialogue, null where there is none
 * @param after values of the same dialogues in the same order
 * @returns NaN in place of the means and bounds when no dialogue has a value on both sides
 */
export function pairedBootstrap(
  before: readonly (number | null)[],
  after: readonly (number | null)[],
  options: BootstrapOptions = {},
): PairedDifference {
  const pairs = before.flatMap((value, index) => {
    const other = after[index];
    return value === null || other === null || other === undefined ? [] : [[value, other] as const];
  });
  if (pairs.length === 0) return NO_PAIRS;
  const differences = Float64Array.from(pairs, ([first, second]) => second - first);
  const largest = pairs.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tolerance = Number.EPSILON * largest * pairs.length;
  const meanDifference = (units: Int32Array): number => {
    let sum = 0;
    for (const unit of units) sum += differences[unit] as number;
    return sum / units.length;
  };
  return {
    before: mean(pairs.map(([first]) => first)),
    after: mean(pairs.map(([, second]) => second)),
    difference: mean(differences),
    ...dropRounding(bootstrapInterval(pairs.length, meanDifference, options), tolerance),
  };
}
