import { describe, expect, it } from "vitest";
import { sfc32 } from "../../lib/random.ts";
import { entropyTerms, sumOfTerms } from "../../lib/taaco/similarity/entropy.ts";

/** Returns x ln x from the tables. */
function term(x: number): number {
  entropyTerms(1)[0] = x;
  return sumOfTerms(1);
}

describe("the sum of x ln x", () => {
  it("is that of Math.log from 2^-62 up to 4, to within 2e-15 of x or of the term", () => {
    const random = sfc32(7);
    const numbers = [1, 2, 0.5, 1 - 2 ** -53, 1 + 2 ** -52, 2 ** -62, 4 - 2 ** -51];
    for (let exponent = -62; exponent < 2; exponent++)
      for (let count = 0; count < 50; count++) numbers.push((1 + random()) * 2 ** exponent);
    for (const x of numbers) {
      const expected = x * Math.log(x);
      expect(Math.abs(term(x) - expected)).toBeLessThanOrEqual(2e-15 * Math.max(x, Math.abs(expected)));
    }
  });

  it("is 0 to within 1e-16 for smaller numbers", () => {
    for (let exponent = -1074; exponent < -62; exponent++)
      expect(Math.abs(term(1.9 * 2 ** exponent))).toBeLessThan(1e-16);
  });

  it("leaves out 0, and adds up more terms than were asked for before", () => {
    expect(term(0)).toBe(0);
    for (const count of [2000, 1999, 1998, 1997]) {
      const terms = entropyTerms(count);
      terms.fill(0.5, 0, count);
      terms[7] = 0;
      terms[count] = 0.5;
      expect(sumOfTerms(count)).toBeCloseTo((count - 1) * 0.5 * Math.log(0.5), 10);
    }
  });
});
