/** Returns a generator of numbers in [0, 1) that are the same in every run (linear congruential, 32 bits). */
export function randomGenerator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
