import { describe, expect, it } from "vitest";
import { sfc32 } from "../../lib/random.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { ArithmeticMode, VectorSpace } from "../../lib/taaco/types.ts";
import { NO_TAGGER, spaceOf, tagged } from "./annotated.ts";

async function firstSpan(
  mode: ArithmeticMode,
  space: VectorSpace,
  ...texts: string[]
): Promise<number | null | undefined> {
  const taaco = await Taaco.create({ mode, spaces: [space], tagger: NO_TAGGER });
  return taaco.indices({ paragraphs: [texts.map((words) => tagged("NN", words))] }).lda_1_all_sent;
}

/** Computes 1 - JSD by its definition: half the sum of the Kullback-Leibler divergences from the mean, base 2. */
function fromDefinition(p: readonly number[], q: readonly number[]): number {
  const half = (from: readonly number[], other: readonly number[]): number =>
    from.reduce((sum, value, index) => {
      const mean = (value + (other[index] ?? 0)) / 2;
      return value === 0 ? sum : sum + 0.5 * value * Math.log2(value / mean);
    }, 0);
  return 1 - half(p, q) - half(q, p);
}

/** Returns a vector of 300 topics with all weight on one of them. */
const peak = (weight: number, at: number): number[] =>
  Array.from({ length: 300 }, (_, topic) => (topic === at ? weight : 0));

describe("topics, corrected", () => {
  const space = spaceOf("lda", {
    even: [0.5, 0.5],
    uneven: [0.8, 0.2],
    first: [1, 0],
    second: [0, 1],
    big: [5, 5],
  });

  it("is 1 - JSD of the mixtures", async () => {
    // (0.5, 0.5) and (0.8, 0.2), mean (0.65, 0.35): JSD = H(mean) - (H(p) + H(q)) / 2 = 0.9341 - (1 + 0.7219) / 2 = 0.0731.
    expect(await firstSpan("corrected", space, "even", "uneven")).toBeCloseTo(0.9269, 4);
    const exact = fromDefinition([0.5, 0.5], [0.8, 0.2]);
    expect(await firstSpan("corrected", space, "even", "uneven")).toBeCloseTo(exact, 6);
    expect(await firstSpan("corrected", space, "uneven", "even")).toBeCloseTo(exact, 6);
  });

  it("is 1 for equal mixtures and 0 for disjoint ones, where 0 log 0 is 0", async () => {
    expect(await firstSpan("corrected", space, "first", "first first")).toBeCloseTo(1, 12);
    expect(await firstSpan("corrected", space, "first", "second")).toBeCloseTo(0, 12);
    expect(await firstSpan("corrected", space, "even", "big")).toBeCloseTo(1, 12); // scaled to sum 1
    // first second = (0.5, 0.5) against (1, 0): mean (0.75, 0.25): H = 0.811278; minus (1 + 0) / 2: 1 - 0.311278.
    expect(await firstSpan("corrected", space, "first second", "first")).toBeCloseTo(0.688722, 6);
  });

  it("counts a pair without a common topic as 0, whichever way its sums are rounded", async () => {
    const random = sfc32(3);
    const mixture = (topics: (at: number) => boolean): number[] =>
      Array.from({ length: 12 }, (_, at) => (topics(at) ? random() : 0));
    for (let trial = 0; trial < 8; trial++) {
      const disjoint = spaceOf("lda", {
        left: mixture((at) => at % 2 === 0),
        right: mixture((at) => at % 2 === 1),
      });
      const value = await firstSpan("corrected", disjoint, "left", "right", "right");
      expect(value).toBeCloseTo(0.5, 12);
    }
  });

  it("has no value if a segment has no known word", async () => {
    expect(await firstSpan("corrected", space, "even", "zzz", "even", "even")).toBeCloseTo(1, 12);
    expect(await firstSpan("corrected", space, "even", "zzz")).toBeNull();
    expect(await firstSpan("corrected", space, "yyy", "zzz")).toBeNull();
  });
});

describe.each(["faithful", "experiment"] as const)("topics, %s (Q1)", (mode) => {
  const space = spaceOf("lda", {
    four: peak(4000, 0),
    other: peak(4000, 7),
    more: peak(4400, 7),
    small: peak(10_000, 2),
    tiny: peak(20_000, 2),
  });

  it("divides position numbers by the norms and ignores the topics", async () => {
    // a = 4000, b = 4400: 1 - 22425 [log2(8800 / 8400) / 4000 + log2(8000 / 8400) / 4400].
    const closed = 1 - 22_425 * (Math.log2(8800 / 8400) / 4000 + Math.log2(8000 / 8400) / 4400);
    expect(closed).toBeCloseTo(0.9825, 4);
    expect(await firstSpan(mode, space, "four", "more")).toBeCloseTo(closed, 9);
    // The same from the definition, with the vectors that the tool compares.
    const overwritten = (norm: number): number[] => Array.from({ length: 300 }, (_, at) => at / norm);
    const defined = fromDefinition(overwritten(4000), overwritten(4400));
    expect(await firstSpan(mode, space, "four", "more")).toBeCloseTo(defined, 9);
  });

  it("is 1 for equal norms of different topics", async () => {
    expect(await firstSpan(mode, space, "four", "other")).toBeCloseTo(1, 12);
  });

  it("uses the norm of the average over known tokens", async () => {
    // four four zzz: average 4000, not 8000 or 2667. four more: (4000 + 4400) / 2 = 4200.
    expect(await firstSpan(mode, space, "four four zzz", "other")).toBeCloseTo(1, 12);
    const closed = 1 - 22_425 * (Math.log2(8000 / 8200) / 4200 + Math.log2(8400 / 8200) / 4000);
    expect(await firstSpan(mode, space, "four more", "four")).toBeCloseTo(closed, 9);
  });

  it("is 1 for two segments without known words, and the pair counts", async () => {
    expect(await firstSpan(mode, space, "zzz", "yyy")).toBe(1);
    // zzz, yyy: 1; yyy, tiny: 1 - 22425 / 20000 < 0, left out. Mean 1.
    expect(await firstSpan(mode, space, "zzz", "yyy", "tiny")).toBe(1);
  });

  it("with one such segment is 1 - c / norm, and the pair is left out if that is negative", async () => {
    // 22425 / 89700 = 1/4.
    const heavy = spaceOf("lda", { heavy: peak(89_700, 1) });
    expect(await firstSpan(mode, heavy, "heavy", "zzz")).toBeCloseTo(1 - 22_425 / 89_700, 9);
    expect(await firstSpan(mode, heavy, "zzz", "heavy")).toBeCloseTo(0.75, 9);
    // 22425 / 10000 > 1: no pair with a value, so 0.
    expect(await firstSpan(mode, space, "small", "zzz")).toBe(0);
    // small with zzz left out; zzz with yyy 1: mean 1.
    expect(await firstSpan(mode, space, "small", "zzz", "yyy")).toBe(1);
  });
});
