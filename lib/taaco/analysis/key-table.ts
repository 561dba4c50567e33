/**
 * A table from 32-bit keys to numbers above 0, with open addressing. The high bits of a key are its slot, so that a table is filled
 * from one end to the other if the keys are sorted.
 */
export interface KeyTable {
  /** Two numbers for each slot: a key and its number, which is 0 in an empty slot. */
  readonly entries: Int32Array;
  /** Number of low bits of a key that do not belong to its slot. */
  readonly shift: number;
}

/** Returns an empty table for the given number of keys. */
export function createKeyTable(keys: number): KeyTable {
  const bits = Math.ceil(Math.log2(keys * 1.5 + 2));
  return { entries: new Int32Array(2 * 2 ** bits), shift: 32 - bits };
}

/** Adds a key that the table does not contain. */
export function addKey({ entries, shift }: KeyTable, key: number, value: number): void {
  const last = entries.length - 1;
  let at = 2 * (key >>> shift);
  while (entries[at + 1] !== 0) at = (at + 2) & last;
  entries[at] = key;
  entries[at + 1] = value;
}

/** Returns the number of a key, or 0 if the table does not contain it. */
export function findKey({ entries, shift }: KeyTable, key: number): number {
  const last = entries.length - 1;
  let at = 2 * (key >>> shift);
  let value = entries[at + 1] as number;
  while (value !== 0 && entries[at] !== key) {
    at = (at + 2) & last;
    value = entries[at + 1] as number;
  }
  return value;
}
