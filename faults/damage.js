// Ways to damage a file.
import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";

/** Replaces one byte of the file, chosen at random, by another. */
export function flipBit(bytes, random) {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[Math.floor(random() * copy.length)] ^= 1 << Math.floor(random() * 8);
  return copy;
}

/** Damages a file in place. Each takes the file, a source of random numbers and another file of the same kind. */
export const DAMAGES = {
  removed: (file) => rmSync(file),
  empty: (file) => truncateSync(file, 0),
  truncated: (file, random) => {
    const { length } = readFileSync(file);
    truncateSync(file, Math.floor(random() * length));
  },
  null: (file) => writeFileSync(file, "null\n"),
  "of another type": (file) => writeFileSync(file, '[{"step":"one","files":7,"stats":[],"cursor":null}]\n'),
  "with a bit changed": (file, random) => writeFileSync(file, flipBit(readFileSync(file), random)),
  "with a page of zeros": (file, random) => {
    const bytes = readFileSync(file);
    const at = Math.floor(random() * bytes.length);
    bytes.fill(0, at, Math.min(bytes.length, at + 4096));
    writeFileSync(file, bytes);
  },
  swapped: (file, _, other) => copyFileSync(other, file),
};

/** Mutates bytes of a text or binary file: bits, cuts, doubled and removed parts, and hostile characters. */
export function mutate(bytes, random) {
  let copy = Buffer.from(bytes);
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const at = Math.floor(random() * (copy.length + 1));
    const end = Math.min(copy.length, at + Math.floor(random() * 40));
    const hostile = [
      '"',
      "\0",
      "\r",
      "\uFEFF",
      "\u2028",
      "::",
      "\x1b[2J",
      "9".repeat(400),
      "[".repeat(2000),
      "\xff",
    ];
    const word = Buffer.from(
      hostile[Math.floor(random() * hostile.length)],
      random() < 0.2 ? "latin1" : "utf8",
    );
    const ways = [
      () => flipBit(copy, random),
      () => Buffer.concat([copy.subarray(0, at), word, copy.subarray(at)]),
      () => Buffer.concat([copy.subarray(0, at), copy.subarray(end)]),
      () => Buffer.concat([copy.subarray(0, end), copy.subarray(at)]),
      () => copy.subarray(0, at),
    ];
    copy = ways[Math.floor(random() * (random() < 0.1 ? 5 : 4))]();
  }
  return copy;
}
