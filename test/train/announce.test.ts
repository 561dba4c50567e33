import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { describeExpectation } from "../../lib/train/announce.ts";

describe("what a run says before it begins", () => {
  const size = (totalSteps: number, heldOut = 400) => ({ totalSteps, heldOut });
  const expected = (learningRate: number, batchSize: number, steps: number, ptxCoef = 0): string =>
    describeExpectation({ learningRate, batchSize, ptxCoef }, size(steps));

  it("names too few steps, too low a rate, and a costly run", () => {
    expect(expected(1.41e-5, 8, 18)).toBe(
      "expected effect: too small to see (18 steps of 8 dialogues at a learning rate of 1.41e-5); about 75 steps of 8 at 5e-5 would show one",
    );
    expect(expected(1.41e-5, 8, 80)).toMatch(/small at most/);
    expect(expected(5e-5, 16, 100)).toMatch(/clear \(100 steps .*\); watch/);
    expect(expected(1e-4, 16, 120)).toMatch(/at the cost of the language .*; --ptx-coef/);
    expect(expected(1e-4, 16, 120, 1)).not.toMatch(/cost/);
  });

  it("says when few dialogues are held out, and nothing of it when none are", () => {
    const config = { learningRate: 5e-5, batchSize: 16, ptxCoef: 0 };
    expect(describeExpectation(config, size(100, 14))).toMatch(
      /; 14 held-out dialogues give wide intervals$/,
    );
    expect(describeExpectation(config, size(100, 0))).not.toMatch(/held-out/);
  });
});

describe("the preset of the starter set", () => {
  const settings = (flags: Record<string, unknown>) => {
    const { config, origins } = resolveConfig({ flags });
    return [config.learningRate, config.evalFraction, origins.learningRate];
  };

  it("hangs on the data, not on the child", () => {
    expect(settings({})).toEqual([1e-4, 0.05, "preset"]);
    expect(settings({ child: "own" })).toEqual([1e-4, 0.05, "preset"]);
    expect(settings({ data: "own.csv" })).toEqual([1.41e-5, 0, "default"]);
  });
});
