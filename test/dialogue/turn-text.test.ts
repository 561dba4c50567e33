import { describe, expect, it } from "vitest";
import { childTurn, teacherTurn } from "../../lib/dialogue/turn-text.ts";

describe("the scored part of", () => {
  it.each([
    [" well, it is\nB:: yes", "well, it is"],
    ["\nB:: yes", ""],
    ["so", "so"],
  ])("a child's output ends at the first line feed: %j", (text, turn) => {
    expect(childTurn(text)).toBe(turn);
  });

  it.each([
    ["\n\nB:: Oh, that is nice.\nA:: yes", "Oh, that is nice."],
    ["A::\nWell, yes.", "Well, yes."],
    ["Here: it is", "Here: it is"],
    ["", ""],
  ])("a teacher's output has no white space and label at its start: %j", (text, turn) => {
    expect(teacherTurn(text)).toBe(turn);
  });
});
