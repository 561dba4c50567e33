import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { PAGES, readFigures, renderPage } from "../../scripts/starter-figures/render.js";

const root = path.resolve(import.meta.dirname, "../..");
const page = (name: string): string => readFileSync(path.join(root, name), "utf8");

describe("figures of the starter runs", () => {
  const figures = readFigures();

  it.each(Object.keys(PAGES))("%s has the tables of figures.json", (name) => {
    expect(page(name)).toBe(renderPage(name, figures));
  });

  it("a changed figure changes the pages", () => {
    const [first] = figures.runs;
    if (first === undefined) throw new Error("figures.json has no runs");
    const onSubject = { ...first.onSubject, after: first.onSubject.after / 2 };
    const changed = { ...figures, runs: [{ ...first, onSubject }, ...figures.runs.slice(1)] };
    const withTable = Object.keys(PAGES).filter((name) => PAGES[name]?.includes("table"));
    expect(withTable.length).toBeGreaterThan(1);
    for (const name of withTable) expect(renderPage(name, changed)).not.toBe(page(name));
  });

  it("three seeds agree with what the pages say of them", () => {
    expect(figures.runs.map(({ seed }) => seed)).toEqual([0, 1, 2]);
    for (const { onSubject, reward, perplexity, length, seed } of figures.runs) {
      expect(onSubject.difference, `subject, seed ${seed}`).toBeGreaterThan(0.2);
      expect(reward.deviations, `reward, seed ${seed}`).toBeGreaterThan(0.5);
      expect(reward.low, `reward, seed ${seed}`).toBeGreaterThan(0);
      expect(perplexity.difference / perplexity.before, `perplexity, seed ${seed}`).toBeLessThan(0.02);
      expect(Math.abs(length.difference) / length.before, `length, seed ${seed}`).toBeLessThan(0.1);
    }
  });

  it("the session's table and the figures of seed 0 are of the same run", () => {
    const reward = figures.session.evaluate.find((line) => line.startsWith("reward ")) ?? "";
    const [before, after] = reward.match(/-?\d+\.\d+/g)?.map(Number) ?? [];
    expect(before).toBeCloseTo(figures.runs[0]?.reward.before ?? Number.NaN, 2);
    expect(after).toBeCloseTo(figures.runs[0]?.reward.after ?? Number.NaN, 2);
  });
});
