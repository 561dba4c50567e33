import { describe, expect, it } from "vitest";
import { FirstRows } from "../../lib/data/first-rows.ts";
import { sfc32 } from "../../lib/random.ts";

describe("the rows in which ids occur first", () => {
  it("are those that a map gives, while the table grows", () => {
    const rows = new FirstRows();
    const expected = new Map<string, number>();
    const draw = sfc32(7);
    for (let row = 1; row <= 20_000; row++) {
      const id = `dialogue ${Math.floor(draw() * 15_000)}`;
      expect(rows.add(id, row)).toBe(expected.get(id));
      if (!expected.has(id)) expected.set(id, row);
    }
    expect(expected.size).toBeLessThan(15_000);
  });

  it("tell ids apart that differ in one character, also empty and long ones", () => {
    const rows = new FirstRows();
    const long = "x".repeat(10_000);
    ["", " ", "a", "A", long, `${long}y`].forEach((id, at) => {
      expect(rows.add(id, at + 1)).toBeUndefined();
    });
    expect(rows.add(long, 9)).toBe(5);
    expect(rows.add("", 10)).toBe(1);
  });
});
