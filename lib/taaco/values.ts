import type { IndexMode } from "./types.ts";

/** Index values by name; null where there is nothing to measure. */
export type IndexValues = Record<string, number | null>;

/**
 * Modes of the arithmetic: the two public ones, and the variant of the original experiment (faithful, with its own
 * givenness and without the growing segments).
 */
export type ArithmeticMode = IndexMode | "experiment";

/** A quotient; over nothing it is null when corrected, 0 as in the official tool otherwise. */
export function ratio(part: number, whole: number, mode: ArithmeticMode): number | null {
  if (whole > 0) return part / whole;
  return mode === "corrected" ? null : 0;
}

/** Values of a family, in the order of its names. */
export type FamilyValues = readonly (number | null)[];
