import { describe, expect, it } from "vitest";
import { promptOf } from "../../lib/dialogue/prompt.ts";
import { PromptCursor } from "../../lib/train/cursor.ts";
import { drawSeed } from "../../lib/train/seeds.ts";

const prompts = Array.from({ length: 7 }, (_, index) =>
  promptOf(String(index), [{ speaker: "A", text: "hi" }]),
);
const ids = (taken: readonly { id: string }[]): string[] => taken.map(({ id }) => id);

describe("the order of prompts", () => {
  it("every epoch has each prompt once, in another order", () => {
    const cursor = new PromptCursor(prompts, 5);
    const [first, second] = [ids(cursor.take(7)), ids(cursor.take(7))];
    expect(first.toSorted()).toEqual(ids(prompts));
    expect(second.toSorted()).toEqual(ids(prompts));
    expect(second).not.toEqual(first);
  });

  it("continues from a saved position, also across the end of an epoch", () => {
    const whole = ids(new PromptCursor(prompts, 5).take(20));
    const begun = new PromptCursor(prompts, 5);
    const first = ids(begun.take(9));
    const resumed = new PromptCursor(prompts, 5, begun.state);
    expect([...first, ...ids(resumed.take(11))]).toEqual(whole);
  });
});

describe("the seeds of turns", () => {
  it("depend on every argument and are exact in a double", () => {
    const seeds = [
      drawSeed(0, 1, 0, "child", 0),
      drawSeed(1, 1, 0, "child", 0),
      drawSeed(0, 2, 0, "child", 0),
      drawSeed(0, 1, 1, "child", 0),
      drawSeed(0, 1, 0, "teacher", 0),
      drawSeed(0, 1, 0, "teacher", 1),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
    expect(drawSeed(0, 1, 0, "child", 0)).toBe(seeds[0]);
  });
});
