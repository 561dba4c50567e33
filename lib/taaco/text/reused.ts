/** Returns an array of zeros of the given length. */
export type Zeros = (length: number) => Float64Array;

/**
 * Returns a function whose arrays are valid until its next call, so that their memory need not be asked for again and
 * again.
 */
export function reusedZeros(): Zeros {
  let memory = new Float64Array(0);
  return (length) => {
    if (memory.length < length) memory = new Float64Array(2 * length);
    return memory.subarray(0, length).fill(0);
  };
}

/** Returns an array of at least the given length, whose first numbers have the given value. */
export type Integers = (length: number, value: number) => Int32Array;

/**
 * Returns a function whose arrays are valid until its next call. A new array of more than 64 bytes has memory outside
 * of the heap, which costs more to ask for and to give back than a text of usual length takes to count.
 */
export function reusedIntegers(): Integers {
  let memory = new Int32Array(0);
  return (length, value) => {
    if (memory.length < length) memory = new Int32Array(2 * length);
    return memory.fill(value, 0, length);
  };
}
