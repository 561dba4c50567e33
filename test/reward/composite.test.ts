import { describe, expect, it } from "vitest";
import { interpolateMoments, type LengthTable } from "../../lib/reward/calibration.ts";
import { computeComposite, lowestScore, scoreLimits } from "../../lib/reward/composite.ts";
import type { ScorePreset } from "../../lib/reward/preset.ts";
import { resolvePreset } from "../../lib/reward/presets.ts";

const moments = (mean: number, sd: number, count = 100) => ({ mean, sd, count });

const table = (indices: Record<string, { mean: number; sd: number; count: number }>): LengthTable => ({
  texts: 100,
  all: indices,
  bands: [{ from: 1, to: 1000, words: 50, texts: 100, indices }],
});

const preset: ScorePreset = {
  name: "own",
  scope: "text",
  raw: false,
  experiment: false,
  terms: [
    { index: "a", weight: 3, sign: 1, clip: [-3, 3] },
    { index: "b", weight: 1, sign: -1, clip: [-3, 3] },
  ],
  guards: [{ name: "copied", free: 0.2, cost: 4 }],
};

const statistics = table({ a: moments(0.5, 0.1), b: moments(10, 2) });
const logit = (p: number): number => Math.log(p / (1 - p));

describe("the composite", () => {
  it("is the logistic function of the weighted mean of signed z-scores", () => {
    // z(a) = (0.7 - 0.5) / 0.1 = 2, z(b) = -(11 - 10) / 2 = -0.5; (3 * 2 - 1 * 0.5) / 4 = 1.375
    const score = computeComposite({ a: 0.7, b: 11 }, 50, preset, statistics);
    expect(score.value).toBeCloseTo(1 / (1 + Math.exp(-1.375)), 12);
    expect(score.parts.a).toEqual({ value: 0.7, z: expect.closeTo(2, 12), weight: 0.75 });
    expect(score.parts.b).toEqual({ value: 11, z: expect.closeTo(-0.5, 12), weight: 0.25 });
    expect(score.missing).toEqual([]);
  });

  it("has the logit that its parts add up to", () => {
    const shares = { copied: 0.3, echoed: 0, repeated: 0, linked: 0, terse: 0 };
    const { value, parts } = computeComposite({ a: 0.61, b: 9 }, 50, preset, statistics, shares);
    const sum = Object.values(parts).reduce((at, { z, weight }) => at + (z ?? 0) * weight, 0);
    expect(logit(value)).toBeCloseTo(sum, 12);
    // z(a) = 1.1, z(b) = 0.5, guard = -4 * (0.3 - 0.2) / 0.8 = -0.5
    expect(logit(value)).toBeCloseTo((3 * 1.1 + 0.5) / 4 - 0.5, 12);
  });

  it("clips z-scores, so that one wild index cannot decide", () => {
    const score = computeComposite({ a: 5, b: 10 }, 50, preset, statistics);
    expect(score.parts.a?.z).toBe(3);
    expect(logit(score.value)).toBeCloseTo(2.25, 12);
    expect(computeComposite({ a: -5, b: 10 }, 50, preset, statistics).parts.a?.z).toBe(-3);
  });

  it("leaves out an index without a value or without statistics and shares its weight among the rest", () => {
    const noValue = computeComposite({ a: null, b: 8 }, 50, preset, statistics);
    expect(logit(noValue.value)).toBeCloseTo(1, 12);
    expect(noValue.parts.a).toEqual({ value: null, z: null, weight: 0 });
    expect(noValue.parts.b?.weight).toBe(1);
    expect(noValue.missing).toEqual(["a"]);
    const noStatistics = computeComposite({ a: 0.7, b: 8 }, 50, preset, table({ b: moments(10, 2) }));
    expect(noStatistics.missing).toEqual(["a"]);
    expect(logit(noStatistics.value)).toBeCloseTo(1, 12);
    const constant = table({ a: moments(0.5, 0), b: moments(10, 2) });
    expect(computeComposite({ a: 0.7, b: 8 }, 50, preset, constant).missing).toEqual(["a"]);
  });

  it("uses the z-score of the preset for an index without a value, if there are statistics", () => {
    const [first, second] = preset.terms;
    if (!first || !second) throw new Error("the preset of this test has two terms");
    const strict = { ...preset, terms: [{ ...first, absent: -1 }, second] };
    const score = computeComposite({ a: null, b: 8 }, 50, strict, statistics);
    // (3 * -1 + 1 * 1) / 4
    expect(logit(score.value)).toBeCloseTo(-0.5, 12);
    expect(score.missing).toEqual([]);
    const without = computeComposite({ a: null, b: 8 }, 50, strict, table({ b: moments(10, 2) }));
    expect(without.missing).toEqual(["a"]);
    expect(logit(without.value)).toBeCloseTo(1, 12);
  });

  it("gives the lowest score to a text without any value", () => {
    const score = computeComposite({}, 50, preset, statistics);
    expect(score.value).toBe(lowestScore(preset).value);
    expect(score.missing).toEqual(["a", "b"]);
  });

  it("never falls below the lowest score, however much the guards subtract", () => {
    const score = computeComposite({ a: 0.1, b: 20 }, 50, preset, statistics, {
      copied: 1,
      echoed: 0,
      repeated: 0,
      linked: 0,
      terse: 0,
    });
    expect(score.value).toBe(lowestScore(preset).value);
    expect(score.value).toBeCloseTo(1 / (1 + Math.exp(3)), 12);
  });

  it("guards cost nothing up to their free share", () => {
    const free = computeComposite({ a: 0.5, b: 10 }, 50, preset, statistics, {
      copied: 0.2,
      echoed: 0,
      repeated: 1,
      linked: 1,
      terse: 0,
    });
    expect(free.value).toBe(0.5);
    const half = computeComposite({ a: 0.5, b: 10 }, 50, preset, statistics, {
      copied: 0.6,
      echoed: 0,
      repeated: 0,
      linked: 0,
      terse: 0,
    });
    expect(logit(half.value)).toBeCloseTo(-2, 12);
  });
});

describe("statistics by length", () => {
  const band = (words: number, mean: number, count = 100) => ({
    from: words,
    to: words,
    words,
    texts: count,
    indices: { a: moments(mean, 0.1, count), flat: moments(1, 0) },
  });
  const byLength: LengthTable = {
    texts: 300,
    all: { a: moments(0.55, 0.2), flat: moments(1, 0) },
    bands: [band(4, 0.9), band(16, 0.6), band(64, 0.3)],
  };

  it("are those of a band at its mean length, and those of the outer bands beyond", () => {
    expect(interpolateMoments(byLength, "a", 16)?.mean).toBeCloseTo(0.6, 12);
    expect(interpolateMoments(byLength, "a", 2)?.mean).toBe(0.9);
    expect(interpolateMoments(byLength, "a", 500)?.mean).toBe(0.3);
  });

  it("are interpolated over the logarithm of the length between two bands", () => {
    expect(interpolateMoments(byLength, "a", 8)?.mean).toBeCloseTo(0.75, 12);
    expect(interpolateMoments(byLength, "a", 32)?.mean).toBeCloseTo(0.45, 12);
  });

  it("give equal values at different lengths different scores", () => {
    const one: ScorePreset = { ...preset, terms: [{ index: "a", weight: 1, sign: 1, clip: [-3, 3] }] };
    const short = computeComposite({ a: 0.75 }, 4, one, byLength).parts.a?.z;
    const long = computeComposite({ a: 0.75 }, 64, one, byLength).parts.a?.z;
    expect(short).toBeCloseTo(-1.5, 12);
    expect(long).toBe(3);
  });

  it("are those of the whole corpus where a band has too few values", () => {
    const thin: LengthTable = { ...byLength, bands: [band(4, 0.9, 9)] };
    expect(interpolateMoments(thin, "a", 4)).toEqual(moments(0.55, 0.2));
  });

  it("are absent for an index that is unknown or never varies", () => {
    expect(interpolateMoments(byLength, "b", 16)).toBeUndefined();
    expect(interpolateMoments(byLength, "flat", 16)).toBeUndefined();
  });
});

describe("preset original", () => {
  const original = resolvePreset("original");
  const all = (value: number | null): Record<string, number | null> =>
    Object.fromEntries(original.terms.map(({ index }) => [index, value]));

  it("is the logistic function of the mean of nine raw values", () => {
    expect(original.terms).toHaveLength(9);
    expect(computeComposite(all(0), 50, original, undefined).value).toBe(0.5);
    expect(computeComposite(all(1), 50, original, undefined).value).toBeCloseTo(0.7310585786, 9);
    const average = [0.67, 0.8, 0.84, 0.62, 0.92, 0.98, 0.1, 0.2, 0.25];
    const values = Object.fromEntries(original.terms.map(({ index }, at) => [index, average[at] ?? 0]));
    // An average Switchboard text: 5.38 / 9.
    expect(computeComposite(values, 50, original, undefined).value).toBeCloseTo(0.645, 3);
  });

  it("moves by 0.025 when a text gains its first adjective", () => {
    const without = computeComposite({ ...all(0.6), adj_ttr: 0 }, 50, original, undefined).value;
    const having = computeComposite({ ...all(0.6), adj_ttr: 1 }, 50, original, undefined).value;
    expect(having - without).toBeCloseTo(0.025, 2);
  });

  it("counts a class without words as 0 and leaves nothing out", () => {
    const score = computeComposite({ ...all(1), adj_ttr: null }, 50, original, undefined);
    expect(score.value).toBeCloseTo(1 / (1 + Math.exp(-8 / 9)), 12);
    expect(score.missing).toEqual([]);
  });

  it("has 0 as its lowest score", () => {
    expect(lowestScore(original).value).toBe(0);
  });
});

describe("the presets of the package", () => {
  it("taaco has the fourteen weights of the original, 1.40 in total, and only positive signs", () => {
    const { terms } = resolvePreset("taaco");
    expect(terms).toHaveLength(14);
    expect(terms.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1.4, 12);
    expect(terms.every(({ sign, clip }) => sign === 1 && clip[0] === -3 && clip[1] === 3)).toBe(true);
    const weight = (name: string) => terms.find(({ index }) => index === name)?.weight;
    expect(weight("lsa_1_all_sent")).toBe(0.2);
    expect(weight("pronoun_density")).toBe(0.03);
  });

  it("have limits that follow from their clips and weights", () => {
    const [low, high] = scoreLimits(resolvePreset("taaco"));
    expect(low).toBeCloseTo(-3, 12);
    expect(high).toBeCloseTo(3, 12);
  });

  it("a custom preset is checked", () => {
    const [term] = preset.terms;
    if (!term) throw new Error("the preset of this test has terms");
    expect(() => resolvePreset({ ...preset, terms: [] })).toThrow(/no terms/);
    expect(() => resolvePreset({ ...preset, terms: [term, term] })).toThrow(/names a twice/);
    expect(() => resolvePreset({ ...preset, terms: [{ ...term, weight: 0 }] })).toThrow(/weight of a is 0/);
    expect(() => resolvePreset("best" as "taaco")).toThrow(/unknown score preset "best"/);
  });
});
