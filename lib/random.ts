import { createHash } from "node:crypto";

/**
 * Hashes a text to a whole number below 2^48 (the first 6 bytes of its SHA-256). Seeds of random draws come from here,
 * so that draws with different names are independent of each other.
 */
export function hashToInt48(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}

/**
 * Returns a generator of uniform numbers in [0, 1) that depends on the keys alone: sfc32, seeded by mixing in the keys.
 */
export function sfc32(...keys: readonly number[]): () => number {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (const key of keys) {
    a = (a ^ (key >>> 0)) | 0;
    b = (b ^ Math.floor(key / 2 ** 32)) | 0;
    for (let round = 0; round < 12; round++) next();
  }
  return next;
}

/**
 * Returns a generator of uniform numbers in [0, 1): mulberry32. Only the bootstrap uses it, because published intervals
 * depend on its draws; take {@link sfc32} for anything new.
 */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
