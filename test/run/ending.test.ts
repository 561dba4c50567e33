import { describe, expect, it } from "vitest";
import { endingAfter } from "../../lib/run/ending.ts";

describe("why a run ends after a step", () => {
  const aborted = AbortSignal.abort();

  it("is the end of all steps, then of those of the invocation, then the stop signal", () => {
    expect(endingAfter(3, { totalSteps: 3, stopAfter: 1, stop: aborted })).toBe("steps");
    expect(endingAfter(3, { totalSteps: 4, first: 2, stopAfter: 1, stop: aborted })).toBe("stopAfter");
    expect(endingAfter(3, { totalSteps: 4, first: 2, stopAfter: 2, stop: aborted })).toBe("interrupted");
  });

  it("is undefined while the run continues, also when the number of steps is not known yet", () => {
    const { signal } = new AbortController();
    expect(endingAfter(3, { totalSteps: 4, first: 2, stopAfter: 2, stop: signal })).toBeUndefined();
    expect(endingAfter(1000, { totalSteps: null })).toBeUndefined();
  });
});
