/** Returns the bytes with one bit changed. */
export function flipBit(bytes: Uint8Array, random: () => number): Buffer;
/** Returns the bytes with a few random changes. */
export function mutate(bytes: Uint8Array, random: () => number): Buffer;
