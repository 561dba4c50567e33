import type { ArithmeticMode } from "../types.ts";

/** A quotient; over nothing it is null when corrected, 0 as in the official tool otherwise. */
export function ratio(part: number, whole: number, mode: ArithmeticMode): number | null {
  if (whole > 0) return part / whole;
  return mode === "corrected" ? null : 0;
}
