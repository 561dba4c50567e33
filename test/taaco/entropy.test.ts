import { describe, expect, it } from "vitest";
import { sfc32 } from "../../lib/random.ts";
import { entropyTerms, sumOfTerms } from "../../lib/taaco/similarity/entropy.ts";

/** Returns x ln x from the tables. */
function term(x: number): number {
  entropyTerms(1)[0] = x;
  return sumOfTerms(1);
}

describe("the sum of x ln x", () => {
  it("is that of Math.log for numbers of every size, to within 2e-15 of x or of the term", () => {
    const random = sfc32(7);
    const numbers = [1, 2, 0.5, 1 - 2 ** -53, 1 + 2 ** -52, 2 ** -1022, 1e-300, 1e300];
    for (let exponent = -60; exponent < 60; exponent++)
      for (let count = 0; count < 50; count++) numbers.push((1 + random()) * 2 ** exponent);
    for (const x of numbers) {
      const expected = x * Math.log(x);
      expect(Math.abs(term(x) - expected)).toBeLessThanOrEqual(2e-15 * Math.max(x, Math.abs(expected)));
    }
  });

  it("leaves out 0, and adds up more terms than were asked for before", () => {
    expect(term(0)).toBe(0);
    const terms = entropyTerms(2000);
    terms.fill(0.5, 0, 2000);
    terms[7] = 0;
    expect(sumOfTerms(2000)).toBeCloseTo(1999 * 0.5 * Math.log(0.5), 10);
  });
});
