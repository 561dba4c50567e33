import { describe, expect, it } from "vitest";
import {
  ceilingsFor,
  ppoCeiling,
  prefillCeiling,
  type Sizes,
  sizesOf,
  tokenCeiling,
} from "../../bench/ceilings.js";
import { growthExponent, summary } from "../../bench/statistics.js";

// One layer with 100 weights, a head with 10, attention of width 2. Arithmetic is free or memory is, so that each case has
// one cause.
const sizes: Sizes = {
  layers: 1,
  layerWeights: 100,
  headWeights: 10,
  queryWidth: 2,
  keyWidth: 2,
  parameters: 110,
};
const memoryBound = { bytesPerSecond: 1, flopsPerSecond: Number.POSITIVE_INFINITY };
const arithmeticBound = { bytesPerSecond: Number.POSITIVE_INFINITY, flopsPerSecond: 1 };

describe("ceilings", () => {
  it("compute with bfloat16 weights in bfloat16 where that is faster", () => {
    const withUnits = { bytesPerSecond: 30, flopsPerSecond: 250, bfloat16FlopsPerSecond: 900 };
    expect(ceilingsFor(withUnits, "float32").flopsPerSecond).toBe(250);
    expect(ceilingsFor(withUnits, "bfloat16").flopsPerSecond).toBe(900);
    expect(ceilingsFor({ ...withUnits, bfloat16FlopsPerSecond: 1 }, "bfloat16").flopsPerSecond).toBe(250);
  });

  it("has the number of weights of the real models", () => {
    // OPT-125M's layers have 84,934,656 weights in matrices, and Llama-3.2-1B has 1,235,746,816 without its norms.
    const child = sizesOf("child");
    expect(child.layers * child.layerWeights).toBe(84_934_656);
    expect(sizesOf("teacher").parameters).toBe(1_235_746_816);
  });

  it("a token reads all weights and the cached keys and values once", () => {
    // Two rows of 5 tokens: 110 weights of 4 bytes, and keys and values of width 2 in float32.
    expect(tokenCeiling(sizes, [5, 5], 4, memoryBound)).toBe(110 * 4 + 2 * 2 * 10 * 4);
    expect(tokenCeiling(sizes, [5, 5], 2, memoryBound)).toBe(110 * 2 + 2 * 2 * 10 * 4);
  });

  it("a token multiplies each weight once a row", () => {
    // Queries with keys and weights with values: 2 operations each, for 10 cached tokens of width 2.
    expect(tokenCeiling(sizes, [5, 5], 4, arithmeticBound)).toBe(2 * 110 * 2 + 4 * 2 * 10);
  });

  it("a prompt needs the layers at each token and the head at the last ones", () => {
    // Causal attention computes half of 3 x 3 and of 5 x 5.
    const attention = (4 * 2 * (9 + 25)) / 2;
    expect(prefillCeiling(sizes, [3, 5], 4, arithmeticBound)).toBe(2 * 100 * 8 + 2 * 10 * 2 + attention);
  });

  it("a PPO step runs 2 passes without gradient and 3 per epoch, and Adam per minibatch", () => {
    const work = { prompts: [1, 3], responses: [2, 2], miniBatchSize: 1, epochs: 4 };
    const forward = 2 * 100 * 8 + 2 * 10 * 4 + (4 * 2 * (9 + 25)) / 2;
    expect(ppoCeiling(sizes, work, arithmeticBound)).toBe((2 + 3 * 4) * forward);
    // 8 updates of 110 weights read 4 arrays and write 3.
    expect(ppoCeiling(sizes, work, memoryBound)).toBe(8 * 7 * 4 * 110);
  });
});

describe("statistics", () => {
  it("gives median and spread of odd and even counts", () => {
    expect(summary([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, runs: 3 });
    expect(summary([10, 1, 2, 4])).toEqual({ median: 3, min: 1, max: 10, runs: 4 });
  });

  it("fits the exponent of a power law", () => {
    const square = [1, 2, 5, 10].map((x) => ({ x, y: 3 * x * x }));
    expect(growthExponent(square)).toBeCloseTo(2, 12);
    expect(growthExponent(square.map(({ x }) => ({ x, y: 7 })))).toBeCloseTo(0, 12);
  });
});
