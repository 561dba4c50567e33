import { describe, expect, it } from "vitest";
import { alignColumns, wrapText } from "../../lib/format.ts";

describe("wrapText", () => {
  it("breaks between words and indents all lines but the first", () => {
    expect(wrapText("one two three four", 9, "  ")).toEqual(["one two", "  three", "  four"]);
  });

  it("keeps a long word whole, and the blanks of the text", () => {
    expect(wrapText("a incomprehensible b", 6)).toEqual(["a", "incomprehensible", "b"]);
    expect(wrapText("  name    value", 40, "  ")).toEqual(["  name    value"]);
    expect(wrapText("", 10)).toEqual([""]);
  });
});

describe("alignColumns", () => {
  it("pads names to the right and values to the left", () => {
    expect(
      alignColumns(
        [
          ["", "x"],
          ["long", "1"],
          ["a", "22"],
        ],
        80,
      ),
    ).toEqual([["       x"], ["long   1"], ["a     22"]]);
  });

  it("gives names that do not fit a line of their own", () => {
    expect(
      alignColumns(
        [
          ["name", "1"],
          ["a_long_name", "2"],
        ],
        9,
      ),
    ).toEqual([["name    1"], ["a_long_name", "        2"]]);
  });
});
