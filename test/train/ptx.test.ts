import { describe, expect, it } from "vitest";
import { promptOf } from "../../lib/dialogue/prompt.ts";
import type { Tokenizer } from "../../lib/model/tokenizer.ts";
import { PtxDialogues } from "../../lib/train/ptx.ts";

/** Encodes each character as its code. */
const tokenizer = {
  bosId: 1,
  eosId: 2,
  encode: (text: string) => Int32Array.from(text, (character) => character.charCodeAt(0)),
} as unknown as Tokenizer;

const prompts = ["a", "b", "c"].map((word) =>
  promptOf(word, [{ speaker: "A", text: word }], "B", word.toUpperCase()),
);
const source = (seed = 0, limit = 100): PtxDialogues => new PtxDialogues(prompts, tokenizer, { seed, limit });
const textOf = (row: Int32Array): string => String.fromCharCode(...row.slice(1, -1));

describe("PtxDialogues", () => {
  it("gives whole dialogues between the first and the end token", () => {
    const [row] = source().rows(1, 1) as [Int32Array];
    expect(textOf(row)).toMatch(/^A:: ([abc])\nB:: [ABC]\n$/);
    expect([row[0], row.at(-1)]).toEqual([1, 2]);
  });

  it("gives every dialogue once in an epoch, and depends on the step alone", () => {
    const three = source().rows(1, 3).map(textOf);
    expect(new Set(three).size).toBe(3);
    const straight = source();
    const all = [1, 2, 3].flatMap((step) => straight.rows(step, 2).map(textOf));
    expect(source().rows(3, 2).map(textOf)).toEqual(all.slice(4));
    expect(new Set(all.slice(0, 3)).size).toBe(3);
    expect(new Set(all.slice(3)).size).toBe(3);
  });

  it("leaves out the end of a dialogue that is too long", () => {
    expect(
      source(0, 4)
        .rows(1, 3)
        .map((row) => row.length),
    ).toEqual([4, 4, 4]);
  });
});
