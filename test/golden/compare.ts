import { appendFileSync } from "node:fs";
import { expect } from "vitest";

/**
 * Expects that the deviation is within the tolerance. If DPPO_CORRECTNESS_FILE names a file, appends both to it.
 * docs/correctness.md is made from this file.
 */
export function within(what: string, deviation: number, tolerance: number): void {
  const report = process.env.DPPO_CORRECTNESS_FILE;
  if (report) appendFileSync(report, `${JSON.stringify({ what, deviation, tolerance })}\n`);
  expect(deviation, `${what}: deviation`).toBeLessThanOrEqual(tolerance);
}

/** Returns |a - b| / max(|b|, floor), or infinity if only one of the two is NaN. */
export function relative(a: number | undefined, b: number, floor: number): number {
  if (a === undefined || Number.isNaN(a) !== Number.isNaN(b)) return Number.POSITIVE_INFINITY;
  if (a === b || Number.isNaN(b)) return 0;
  return Math.abs(a - b) / Math.max(floor, Math.abs(b));
}
