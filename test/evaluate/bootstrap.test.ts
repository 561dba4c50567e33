import { describe, expect, it } from "vitest";
import { pairedBootstrap } from "../../lib/evaluate/bootstrap.ts";

/** A fixed sequence with mean 0 and deviation 1: the quantiles of the normal distribution, shuffled by a stride. */
const NORMAL = Array.from({ length: 401 }, (_, index) => {
  const p = (((index * 163) % 401) + 0.5) / 401;
  // The logistic approximation of the normal quantile is enough here, because its deviation is measured, not assumed.
  return Math.log(p / (1 - p)) / 1.702;
});

const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

describe("pairedBootstrap", () => {
  it("gives the interval that the central limit theorem predicts", () => {
    const before = NORMAL.map(() => 1);
    const after = NORMAL.map((value) => 1.5 + value);
    const result = pairedBootstrap(before, after);
    const half = (1.96 * deviation(NORMAL)) / Math.sqrt(NORMAL.length);
    expect(result.difference).toBeCloseTo(0.5, 6);
    expect(result.low).toBeCloseTo(0.5 - half, 1.7);
    expect(result.high).toBeCloseTo(0.5 + half, 1.7);
    expect((result.high - result.low) / (2 * half)).toBeGreaterThan(0.95);
    expect((result.high - result.low) / (2 * half)).toBeLessThan(1.05);
  });

  it("compares pairs: a constant gain has an interval of zero width, however much the dialogues differ", () => {
    const result = pairedBootstrap(
      NORMAL,
      NORMAL.map((value) => value + 0.25),
    );
    expect(result.low).toBeCloseTo(0.25, 12);
    expect(result.high).toBeCloseTo(0.25, 12);
  });

  it("leaves out dialogues without a value on one side", () => {
    const result = pairedBootstrap([1, null, 3], [2, 9, null]);
    expect(result).toMatchObject({ before: 1, after: 2, difference: 1 });
  });

  it("is reproducible and depends on the seed", () => {
    const after = NORMAL.map((value) => value * 2);
    expect(pairedBootstrap(NORMAL, after, { seed: 3 })).toEqual(pairedBootstrap(NORMAL, after, { seed: 3 }));
    expect(pairedBootstrap(NORMAL, after, { seed: 3 }).low).not.toBe(
      pairedBootstrap(NORMAL, after, { seed: 4 }).low,
    );
  });

  it("gives the same interval after other calls", () => {
    const after = NORMAL.map((value) => value * 2);
    const first = pairedBootstrap(NORMAL, after, { seed: 3 });
    pairedBootstrap(NORMAL.slice(0, 7), after.slice(0, 7), { seed: 3 });
    expect(pairedBootstrap(NORMAL, after, { seed: 3 })).toEqual(first);
  });

  it("gives NaN when there is no pair", () => {
    expect(pairedBootstrap([null], [1]).difference).toBeNaN();
  });
});

describe("rounding", () => {
  it("does not make an interval that ends at zero exclude zero", () => {
    // The first dialogue gains nothing but a rounding error, the second one 0.2.
    const { low, high } = pairedBootstrap([0.3, 0.1], [0.1 + 0.2, 0.3]);
    expect(0.1 + 0.2).toBeGreaterThan(0.3);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.2, 12);
    expect(pairedBootstrap([0, 0], [1e-9, 2e-9]).low).toBeGreaterThan(0);
  });
});
