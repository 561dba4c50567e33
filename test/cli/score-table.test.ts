import { describe, expect, it } from "vitest";
import type { OutputStream } from "../../lib/cli/progress.ts";
import { terminalSink } from "../../lib/cli/score/terminal.ts";
import { ALL_NAMES, TEXT_NAMES } from "../../lib/taaco/catalogue.ts";

function fakeTerminal(columns: number): OutputStream & { text: string } {
  return {
    isTTY: false,
    columns,
    text: "",
    write(piece) {
      this.text += piece;
    },
  };
}

const text = (id: string, names: readonly string[], first = 0.1) => ({
  id,
  values: Float64Array.from(names, (_, at) => (at === 1 ? Number.NaN : first + at)),
  composite: 0.4321,
});

describe("terminalSink", () => {
  it("prints every index of a single text under its family, and the composite", async () => {
    const output = fakeTerminal(120);
    const sink = terminalSink({ indices: ALL_NAMES, counts: [] }, output);
    await sink.write(text("a.txt", ALL_NAMES));
    await sink.finish();
    const words = output.text.split(/\s+/);
    for (const [at, name] of ALL_NAMES.entries()) {
      const value = words[words.indexOf(name) + 1];
      if (at === 1) expect(value).toBe("–");
      else expect(Number(value), name).toBeCloseTo(0.1 + at, 1);
    }
    expect(output.text).toMatch(/^composite {2}0\.432$/m);
    expect(output.text).toMatch(/Source text\nmag_news_uni/);
    const lines = output.text.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(lines.length).toBeLessThan(ALL_NAMES.length);
  });

  it("prints one row for each of several texts, limited to the height and width of a screen", async () => {
    const output = fakeTerminal(70);
    const sink = terminalSink({ indices: TEXT_NAMES, counts: [] }, output);
    for (let at = 0; at < 30; at++) await sink.write(text(`${at}.txt`, TEXT_NAMES, at));
    await sink.finish();
    const lines = output.text.split("\n");
    expect(lines.filter((line) => /^\d+\.txt/.test(line))).toHaveLength(20);
    expect(output.text).toContain("and 10 texts more");
    expect(lines.find((line) => line.startsWith("7.txt"))).toMatch(/^7\.txt +0\.432 +7 /);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70);
  });
});
