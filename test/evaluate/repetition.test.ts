import { expect, it } from "vitest";
import { distinct2, repetition } from "../../lib/data/repetition.ts";

it("counts repeated word pairs of one turn", () => {
  // Pairs: i know, know i, i know, know it: one of four repeats.
  expect(repetition("I know, I know it.")).toBeCloseTo(0.25, 12);
  expect(repetition("we sat there for an hour")).toBe(0);
  expect(repetition("Yeah.")).toBeNull();
});

it("counts distinct word pairs over many turns", () => {
  expect(distinct2(["I know it", "I know him"])).toBeCloseTo(3 / 4, 12);
  expect(distinct2(["Yeah.", ""])).toBeNull();
});
