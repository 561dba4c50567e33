// Token ids that ours and the peers both get. They are the same in every run.
import { randomGenerator } from "./random.js";

// Ids below 4 may be special tokens, and the smallest vocabulary of bench/shapes has 1,024.
const FIRST_ID = 4;
const ID_COUNT = 1020;
const SHORTEST = 20;
const LONGEST = 300;

/** Returns a row of random ids for each length. */
export function randomRows(lengths, seed) {
  const draw = randomGenerator(seed);
  return lengths.map((length) => Array.from({ length }, () => FIRST_ID + Math.floor(draw() * ID_COUNT)));
}

/** Returns `count` lengths from 20 to 300, as real prompts have them. */
export function raggedLengths(count) {
  const draw = randomGenerator(7);
  return Array.from({ length: count }, () => SHORTEST + Math.floor(draw() * (LONGEST - SHORTEST + 1)));
}

/** Returns the lengths of a batch of prompts: all equal to a number, or "ragged". */
export const promptLengths = (kind, count) =>
  kind === "ragged" ? raggedLengths(count) : new Array(count).fill(kind);
