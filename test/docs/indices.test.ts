import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as catalogue from "../../lib/taaco/catalogue.ts";
import { indexPage, pageFile } from "../../scripts/index-reference.js";

const page = readFileSync(pageFile, "utf8");

describe("docs/indices.md", () => {
  it("equals the output of `npm run docs:indices`", () => {
    expect(page).toBe(indexPage(catalogue));
  });

  it("has a row for each index, official indices first and measures of this package last", () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    const own = [...catalogue.TURN_MEASURE_NAMES, ...catalogue.TEXT_MEASURE_NAMES];
    expect(rows).toEqual([...catalogue.ALL_NAMES, ...own]);
  });

  it("changes with the meaning of an index", () => {
    const [first, ...rest] = catalogue.TEXT_FAMILIES.map((family) => ({ ...family }));
    const entries = first?.entries.map((entry) => ({ ...entry, meaning: "Something else." }));
    const changed = { ...catalogue, TEXT_FAMILIES: [{ ...first, entries }, ...rest] };
    expect(indexPage(changed)).not.toBe(page);
  });
});
