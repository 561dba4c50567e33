import { describe, expect, it } from "vitest";
import { intervalSvg } from "../../lib/page/interval.ts";

/** Returns the positions and heights of the bars at the ends of the interval, and the dot. */
function shapes(low: number, value: number, high: number) {
  const svg = intervalSvg(low, value, high);
  const bars = [...svg.matchAll(/class="bar" x1="([\d.]+)" x2="([\d.]+)" y1="([\d.]+)" y2="([\d.]+)"/g)];
  const [, center = "", radius = ""] = /cx="([\d.]+)" cy="[\d.]+" r="([\d.]+)"/.exec(svg) ?? [];
  const heights = bars.map(([, , , top, bottom]) => Number(bottom) - Number(top));
  return { bars: bars.map(([, x]) => Number(x)), heights, dot: Number(center), radius: Number(radius), svg };
}

describe("the drawing of an interval", () => {
  it("shows an interval that is narrower than its dot by bars higher than the dot", () => {
    const { bars, heights, dot, radius } = shapes(0.97, 0.98, 0.99);
    const [low = 0, high = 0] = bars;
    expect(high - low).toBeLessThan(2 * radius);
    expect(low).toBeLessThan(dot);
    expect(dot).toBeLessThan(high);
    expect(heights).toHaveLength(2);
    for (const height of heights) expect(height).toBeGreaterThan(4 * radius);
  });

  it("has a scale that ends at the next number of one digit, and zero in the middle", () => {
    const labels = (low: number, high: number) =>
      [...shapes(low, (low + high) / 2, high).svg.matchAll(/>([^<>]*)<\/text>/g)].map(([, text]) => text);
    expect(labels(2.4, 2.78)).toEqual(["-3", "0", "+3"]);
    expect(labels(-0.047, -0.02)).toEqual(["-0.05", "0", "+0.05"]);
    expect(labels(0.1, 0.3)).toEqual(["-0.3", "0", "+0.3"]);
    expect(labels(-0.02, 0.0951)).toEqual(["-0.1", "0", "+0.1"]);
    expect(labels(0, 0)).toEqual(["-1", "0", "+1"]);
  });
});
