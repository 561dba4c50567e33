/** Returns an array of at least the given length, whose first numbers have the given value. */
export type Integers = (length: number, value: number) => Int32Array;

/**
 * Returns a function whose arrays are valid until its next call. A new array of more than 64 bytes has memory outside of the heap,
 * which costs more to ask for and to give back than a text of usual length takes to count.
 */
export function reusedIntegers(): Integers {
  let memory = new Int32Array(0);
  return (length, value) => {
    if (memory.length < length) memory = new Int32Array(2 * length);
    return memory.fill(value, 0, length);
  };
}
