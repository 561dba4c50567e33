import { expect, it } from "vitest";
import { repetition } from "../../lib/data/repetition.ts";

it("counts repeated word pairs of one turn", () => {
  // Pairs: i know, know i, i know, know it: one of four repeats.
  expect(repetition("I know, I know it.")).toBeCloseTo(0.25, 12);
  expect(repetition("we sat there for an hour")).toBe(0);
  expect(repetition("Yeah.")).toBeNull();
});
