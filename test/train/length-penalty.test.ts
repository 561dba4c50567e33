import { describe, expect, it } from "vitest";
import { LengthPenalty } from "../../lib/train/length-penalty.ts";

const turn = (words: number, reward = 0) => ({ child: "word ".repeat(words), reward });

describe("the length penalty", () => {
  it("takes the coefficient times the share of words above the target from each reward", () => {
    const penalty = new LengthPenalty(4, 0.5);
    const { scores, stats } = penalty.penalize([turn(4, 0.25), turn(8, 0.25), turn(2, 0.25), turn(0, 0.25)]);
    // 0.25 - 0.5 * (0, 1, -0.5, -1)
    expect([...scores]).toEqual([0.25, -0.25, 0.5, 0.75]);
    expect(stats).toEqual({ "dppo/length_coef": 0.5, "dppo/length_penalty_mean": -0.0625 });
  });

  it("changes nothing in its first step, and then adapts by the mean excess over 800 samples", () => {
    const penalty = new LengthPenalty(10);
    expect([...penalty.penalize([turn(12, 1), turn(12, 2)]).scores]).toEqual([1, 2]);
    expect(penalty.coefficient).toBeCloseTo((0.2 * 2) / 800, 15);
    penalty.penalize([turn(8)]);
    expect(penalty.coefficient).toBeCloseTo(0.2 / 800, 15);
    // A batch counts at most half of the target.
    penalty.penalize([turn(100)]);
    expect(penalty.coefficient).toBeCloseTo(0.7 / 800, 15);
    penalty.penalize([turn(0)]);
    expect(penalty.coefficient).toBeCloseTo(0.2 / 800, 15);
  });

  it("does not grow without end for a target that turns never reach", () => {
    const penalty = new LengthPenalty(1000);
    for (let step = 0; step < 300; step++) penalty.penalize(new Array(16).fill(turn(1)));
    expect(penalty.coefficient).toBe(-1);
  });
});
