import { describe, expect, it } from "vitest";
import { endingAfter } from "../../lib/run/ending.ts";

describe("why a run ends after a step", () => {
  it("is the end of all steps, then of those of the invocation, then the stop signal", () => {
    expect(endingAfter(3, { totalSteps: 3, stopAfter: 1, isStopped: true })).toBe("steps");
    expect(endingAfter(3, { totalSteps: 4, first: 2, stopAfter: 1, isStopped: true })).toBe("stopAfter");
    expect(endingAfter(3, { totalSteps: 4, first: 2, stopAfter: 2, isStopped: true })).toBe("interrupted");
  });

  it("is undefined while the run continues, also when the number of steps is not known yet", () => {
    expect(endingAfter(3, { totalSteps: 4, first: 2, stopAfter: 2, isStopped: false })).toBeUndefined();
    expect(endingAfter(1000, { totalSteps: null, isStopped: false })).toBeUndefined();
  });
});
