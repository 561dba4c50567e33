import { reusedIntegers, type Zeros } from "../text/reused.ts";
import type { Span, TextModel } from "../text/text-model.ts";
import type { VectorSpace } from "../types.ts";

/** Sums of word vectors, one row for each segment (bag of words). */
export interface Bags {
  /** Number of segments. */
  readonly count: number;
  readonly dimensions: number;
  /** Sums in row-major order, shape [count, dimensions]. */
  readonly sums: Float64Array;
  /** Number of tokens of each segment that the space contains. */
  readonly known: Int32Array;
}

const newZeros: Zeros = (length) => new Float64Array(length);

function emptyBags(count: number, dimensions: number, zeros: Zeros): Bags {
  return { count, dimensions, sums: zeros(count * dimensions), known: new Int32Array(count) };
}

// addVector and addSum are the same loop on purpose. A single loop that receives Float32Array and Float64Array values
// is compiled for neither type and runs slower.

/** Adds a word's vector to a segment's sum. */
function addVector(
  sums: Float64Array,
  to: number,
  values: Float32Array,
  from: number,
  dimensions: number,
): void {
  const [out, into] = [to * dimensions, from * dimensions];
  for (let d = 0; d < dimensions; d++)
    sums[out + d] = (sums[out + d] as number) + (values[into + d] as number);
}

/** Adds the vectors of four words to a segment's sum, one after the other. The sum is read and written only once. */
function addFour(
  sums: Float64Array,
  to: number,
  values: Float32Array,
  rows: Int32Array,
  at: number,
  dimensions: number,
): void {
  const out = to * dimensions;
  const first = (rows[at] as number) * dimensions;
  const second = (rows[at + 1] as number) * dimensions;
  const third = (rows[at + 2] as number) * dimensions;
  const fourth = (rows[at + 3] as number) * dimensions;
  for (let d = 0; d < dimensions; d++) {
    const two = (sums[out + d] as number) + (values[first + d] as number) + (values[second + d] as number);
    sums[out + d] = two + (values[third + d] as number) + (values[fourth + d] as number);
  }
}

/** Adds a segment's sum to another's. */
function addSum(
  sums: Float64Array,
  to: number,
  values: Float64Array,
  from: number,
  dimensions: number,
): void {
  const [out, into] = [to * dimensions, from * dimensions];
  for (let d = 0; d < dimensions; d++)
    sums[out + d] = (sums[out + d] as number) + (values[into + d] as number);
}

const rowsOfLemmas = reusedIntegers();
const rowsOfSegment = reusedIntegers();

/**
 * Returns the unweighted sum of the token vectors of each segment.
 * @param zeros gives the memory of the sums. Default: memory of their own
 */
export function sumVectors(
  text: TextModel,
  spans: readonly Span[],
  space: VectorSpace,
  zeros: Zeros = newZeros,
): Bags {
  const { dimensions, values } = space;
  const bags = emptyBags(spans.length, dimensions, zeros);
  const rowOf = rowsOfLemmas(text.vocabulary.length, -1);
  for (let id = 0; id < text.vocabulary.length; id++) rowOf[id] = space.row(text.vocabulary[id] as string);
  const rows = rowsOfSegment(text.lemmas.length, -1);
  spans.forEach(({ from, to }, segment) => {
    let known = 0;
    for (let index = from; index < to; index++) {
      const row = rowOf[text.lemmas[index] as number] as number;
      if (row >= 0) rows[known++] = row;
    }
    bags.known[segment] = known;
    let at = 0;
    for (; at + 4 <= known; at += 4) addFour(bags.sums, segment, values, rows, at, dimensions);
    for (; at < known; at++) addVector(bags.sums, segment, values, rows[at] as number, dimensions);
  });
  return bags;
}

/** Returns the sums of groups of consecutive segments. `sizes` holds the number of segments in each group. */
export function groupBags(bags: Bags, sizes: readonly number[], zeros: Zeros): Bags {
  const groups = emptyBags(sizes.length, bags.dimensions, zeros);
  let segment = 0;
  sizes.forEach((size, group) => {
    for (const end = segment + size; segment < end; segment++) {
      addSum(groups.sums, group, bags.sums, segment, bags.dimensions);
      groups.known[group] = (groups.known[group] as number) + (bags.known[segment] as number);
    }
  });
  return groups;
}

/**
 * Adds the next segment to every segment except the first and the last, in place. The official tool leaves its segments
 * in this state after it has computed the indices with two following segments.
 */
export function growBags(bags: Bags): void {
  for (let segment = 1; segment + 1 < bags.count; segment++) {
    addSum(bags.sums, segment, bags.sums, segment + 1, bags.dimensions);
    bags.known[segment] = (bags.known[segment] as number) + (bags.known[segment + 1] as number);
  }
}

/** One side of a comparison: a segment, or two neighbouring segments joined. */
export interface Side {
  readonly bags: Bags;
  /** Index of the first segment. */
  readonly first: number;
  /** Whether the next segment is included. */
  readonly joined: boolean;
}

/** Returns the sum of the vectors of a side. The sum of a joined side is written into the buffer. */
export function sideSum({ bags, first, joined }: Side, buffer: Float64Array): Float64Array {
  const { dimensions, sums } = bags;
  const offset = first * dimensions;
  if (!joined) return sums.subarray(offset, offset + dimensions);
  const next = offset + dimensions;
  for (let d = 0; d < dimensions; d++) buffer[d] = (sums[offset + d] as number) + (sums[next + d] as number);
  return buffer;
}

/** Returns the number of tokens of a side that the space contains. */
export const sideKnown = ({ bags, first, joined }: Side): number =>
  (bags.known[first] as number) + (joined ? (bags.known[first + 1] as number) : 0);
