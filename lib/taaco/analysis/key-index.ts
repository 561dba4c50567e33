/**
 * The positions of sorted 32-bit keys. The high half of a key is the number of its bucket, and a bucket holds the low
 * halves of its keys in ascending order. A key thus takes two bytes, and looking one up reads few of them.
 */
export interface KeyIndex {
  /** Position of the first key of each bucket; after those of all buckets, the number of keys. */
  readonly starts: Uint32Array;
  /** The low half of each key. */
  readonly lows: Uint16Array;
}

/** Number of buckets. */
export const BUCKETS = 2 ** 16;

/** Returns the index of keys whose low halves are given, with the number of keys in each bucket. */
export function createKeyIndex(lows: Uint16Array, counts: Uint8Array): KeyIndex {
  const starts = new Uint32Array(BUCKETS + 1);
  let start = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    starts[bucket] = start;
    start += counts[bucket] as number;
  }
  starts[BUCKETS] = start;
  return { starts, lows };
}

/** Returns the position of a key, or -1 if the index does not contain it. */
export function findKey({ starts, lows }: KeyIndex, key: number): number {
  const bucket = key >>> 16;
  const low = key & 0xffff;
  const start = starts[bucket] as number;
  const end = starts[bucket + 1] as number;
  // The keys of a bucket are spread evenly, so that the search begins near the right place.
  let at = start + ((low * (end - start)) >>> 16);
  while (at > start && (lows[at] as number) > low) at -= 1;
  while (at < end && (lows[at] as number) < low) at += 1;
  return at < end && lows[at] === low ? at : -1;
}
