import { describe, expect, it } from "vitest";
import { childTurn, turnStream } from "../../lib/dialogue/turn-text.ts";

const TEXTS = [" well  yes ", "", "\n", " a\nb", "  \n x", "one two   three \n", "\u3000é x", "a\n\nb\n"];

/** Returns all ways to cut a text into three pieces, which can be empty. */
function cuts(text: string): string[][] {
  const places = Array.from({ length: text.length + 1 }, (_, index) => index);
  return places.flatMap((first) =>
    places
      .filter((second) => second >= first)
      .map((second) => [text.slice(0, first), text.slice(first, second), text.slice(second)]),
  );
}

describe("turnStream", () => {
  it("returns the same text as childTurn for any division into pieces", () => {
    for (const text of TEXTS) {
      for (const pieces of cuts(text)) {
        const stream = turnStream();
        expect(pieces.map((piece) => stream.push(piece)).join(""), JSON.stringify(pieces)).toBe(
          childTurn(text),
        );
      }
    }
  });

  it("returns a word at once, and white space only with the next word", () => {
    const stream = turnStream();
    expect([" wel", "l ", " yes", "\n", "more"].map((piece) => stream.push(piece))).toEqual([
      "wel",
      "l",
      "  yes",
      "",
      "",
    ]);
  });
});
