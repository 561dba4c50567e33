import { appendFileSync } from "node:fs";
import { expect } from "vitest";

/**
 * Fails when the deviation exceeds the tolerance. Appends both to the file that DPPO_CORRECTNESS_FILE names, if set;
 * docs/correctness.md is made from it.
 */
export function within(what: string, deviation: number, tolerance: number): void {
  const report = process.env.DPPO_CORRECTNESS_FILE;
  if (report) appendFileSync(report, `${JSON.stringify({ what, deviation, tolerance })}\n`);
  expect(deviation, `${what}: deviation`).toBeLessThanOrEqual(tolerance);
}

/** |a - b| against |b|, values below `floor` counting as `floor`; infinite when one alone is no number. */
export function relative(a: number | undefined, b: number, floor: number): number {
  if (a === undefined || Number.isNaN(a) !== Number.isNaN(b)) return Number.POSITIVE_INFINITY;
  if (a === b || Number.isNaN(b)) return 0;
  return Math.abs(a - b) / Math.max(floor, Math.abs(b));
}
