import { describe, expect, it } from "vitest";
import { decimalsFor, fixed, intervalDecimals } from "../../lib/page/numbers.ts";

describe("number formats of a comparison", () => {
  it("choose the decimals by the largest of difference and bounds, the same for all three", () => {
    const show = (values: number[]): string[] =>
      values.map((value) => fixed(value, decimalsFor(values), true));
    expect(show([-0.000784, -0.0013, -0.000295])).toEqual(["-0.0008", "-0.0013", "-0.0003"]);
    expect(show([2.484, 2.008, 2.964])).toEqual(["+2.48", "+2.01", "+2.96"]);
    expect(show([1234.5, 1000, 1500])).toEqual(["+1235", "+1000", "+1500"]);
    expect(show([0, 0, 0])).toEqual(["0.000", "0.000", "0.000"]);
  });

  it("add decimals when the nearer bound of a clear interval would be displayed as zero", () => {
    const bounds = (difference: number, low: number, high: number): string[] => {
      const decimals = intervalDecimals({ difference, low, high });
      return [low, high].map((value) => fixed(value, decimals));
    };
    expect(bounds(-0.013, -0.027, -0.0003)).toEqual(["-0.0270", "-0.0003"]);
    expect(bounds(-0.013, -0.027, 0)).toEqual(["-0.027", "0.000"]);
    expect(bounds(0.013, 0.002, 0.027)).toEqual(["0.002", "0.027"]);
    expect(bounds(-0.013, -0.027, 0.0003)).toEqual(["-0.027", "0.000"]);
  });

  it("show zero without a sign and a missing value as a dash", () => {
    expect(fixed(-0.0004, 2, true)).toBe("0.00");
    expect(fixed(0.0004, 2, true)).toBe("0.00");
    expect([fixed(null, 2), fixed(Number.NaN, 2), fixed(undefined, 2)]).toEqual(["–", "–", "–"]);
  });
});
