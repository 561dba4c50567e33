import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineTable } from "../../lib/taaco/lists/line-table.ts";

describe("a table of lines", () => {
  const table = new LineTable("# a comment\ngo went\n\nwent go\nbe\ngone  go\nlast one");

  it("gives what follows the first word of a line", () => {
    expect(table.get("go")).toBe("went");
    expect(table.get("went")).toBe("go");
    expect(table.get("gone")).toBe(" go");
    expect(table.get("last")).toBe("one");
    expect(table.get("be")).toBe("");
  });

  it("knows neither parts of words nor comments nor blank lines", () => {
    for (const word of ["#", "a", "comment", "g", "o", "one", "gon", "", "lastone"]) {
      expect(table.get(word)).toBeUndefined();
      expect(table.has(word)).toBe(false);
    }
  });

  it("takes whole lines as entries if it is told so", () => {
    const lines = new LineTable("ad hoc\nplain", true);
    expect(["ad hoc", "plain", "ad", "hoc"].map((word) => lines.has(word))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("finds the same as a map, in which the last line of a word counts", () => {
    const word = fc.stringMatching(/^[ab]{1,4}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word)), fc.array(word), (pairs, others) => {
        const known = new Map(pairs);
        const lines = new LineTable(pairs.map((pair) => pair.join(" ")).join("\n"));
        for (const one of [...known.keys(), ...others]) expect(lines.get(one)).toBe(known.get(one));
      }),
      { seed: 11 },
    );
  });
});
