import { describe, expect, it } from "vitest";
import { childTurn, turnStream } from "../../lib/dialogue/turn-text.ts";

const TEXTS = [" well  yes ", "", "\n", " a\nb", "  \n x", "one two   three \n", "\u3000é x", "a\n\nb\n"];

/** Every way of cutting a text in two and three. */
function cuts(text: string): string[][] {
  const places = Array.from({ length: text.length + 1 }, (_, index) => index);
  return places.flatMap((first) =>
    places
      .filter((second) => second >= first)
      .map((second) => [text.slice(0, first), text.slice(first, second), text.slice(second)]),
  );
}

describe("turnStream", () => {
  it("shows what childTurn makes of the whole, however the text comes in pieces", () => {
    for (const text of TEXTS) {
      for (const pieces of cuts(text)) {
        const stream = turnStream();
        expect(pieces.map((piece) => stream.push(piece)).join(""), JSON.stringify(pieces)).toBe(
          childTurn(text),
        );
      }
    }
  });

  it("shows a word as soon as it is there, and a blank only with the next word", () => {
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
