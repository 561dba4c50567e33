import { describe, expect, it } from "vitest";
import { lineChart } from "../../lib/page/chart.ts";
import { escapeHtml } from "../../lib/page/escape.ts";
import { formatDuration, formatNumber, movingMean, tickLabels, ticks } from "../../lib/page/numbers.ts";

describe("lineChart", () => {
  it("breaks the line at a gap and shows an isolated point", () => {
    const html = lineChart({
      title: "t",
      unit: "u",
      x: [1, 2, 3, 4],
      series: [{ name: "a", values: [1, 2, null, 1] }],
    });
    // Width 480 with margins 58 and 12: positions 58, 194.7, 331.3 and 468.
    expect(html).toMatch(/d="M58\.0 [\d.]+L194\.7 [\d.]+M468\.0 [\d.]+h\.1"/);
  });

  it("puts larger values higher", () => {
    const html = lineChart({ title: "t", unit: "u", x: [1, 2], series: [{ name: "a", values: [0, 10] }] });
    const [, low, high] = /d="M58\.0 ([\d.]+)L468\.0 ([\d.]+)"/.exec(html) ?? [];
    expect(Number(low)).toBeGreaterThan(Number(high));
  });

  it("escapes the title and the names of series", () => {
    const html = lineChart({
      title: "<b>",
      unit: "u",
      x: [1],
      series: [{ name: '"><script>', values: [1] }],
    });
    expect(html).not.toContain("<script>");
    expect(html).toContain("<h3>&lt;b&gt;</h3>");
  });
});

describe("numbers", () => {
  it("returns round ticks within the range", () => {
    expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-3, 17, 4)).toEqual([0, 5, 10, 15]);
  });

  it("formats all labels of an axis with the same number of decimals", () => {
    expect(tickLabels([0, 0.05, 0.1])).toEqual(["0.00", "0.05", "0.10"]);
    expect(tickLabels([0, 2000])).toEqual(["0", "2,000"]);
  });

  it("formats numbers and durations", () => {
    expect([0.12345, 12.345, 1234, 0, 1e-5, Number.NaN].map(formatNumber)).toEqual([
      "0.123",
      "12.35",
      "1,234",
      "0",
      "1.00e-5",
      "–",
    ]);
    expect([5, 125, 7620].map(formatDuration)).toEqual(["5 s", "2 min 05 s", "2 h 07 min"]);
  });

  it("computes the moving mean over the values that are not null", () => {
    expect(movingMean([1, 3, null, 5], 2)).toEqual([1, 2, null, 5]);
  });
});

it("escapes text for HTML", () => {
  expect(escapeHtml(`<a href="x">'&`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
});
