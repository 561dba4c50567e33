import { describe, expect, it } from "vitest";
import { parseTurns } from "../../lib/data/dialogue.ts";
import { buildPrompt, partialOf, promptOf, withoutOldestTurns } from "../../lib/dialogue/prompt.ts";

// The example in the description of the data format.
const text = [
  "A:: So, uh, did you ever get that boat in the water?",
  "B:: Well, we did, and then it, it wouldn't start.",
  "A:: Oh no.",
  "B:: Yeah. We sat there for an hour.",
  "A:: Uh-huh.",
].join("\n");
const dialogue = { id: "one", text, turns: parseTurns(text) };

describe("buildPrompt", () => {
  it("takes all turns but the last by default, then the next label without a space", () => {
    const prompt = buildPrompt(dialogue);
    expect(prompt?.text).toBe(`${text.slice(0, text.lastIndexOf("\n"))}\nA::`);
    expect(prompt).toMatchObject({ speaker: "A", human: "Uh-huh." });
    expect(prompt?.turns).toHaveLength(4);
  });

  it("takes the first k turns", () => {
    expect(buildPrompt(dialogue, 2)?.text).toBe(
      "A:: So, uh, did you ever get that boat in the water?\nB:: Well, we did, and then it, it wouldn't start.\nA::",
    );
    expect(buildPrompt(dialogue, 2)?.human).toBe("Oh no.");
  });

  it('keeps the text unchanged with "all", without a reference', () => {
    expect(buildPrompt(dialogue, "all")).toMatchObject({ text, partial: text, human: null });
  });

  it("has a text from which the partial dialogue can be told", () => {
    for (const promptTurns of [-1, 2, "all"] as const) {
      const { text: prompt = "", speaker = "", partial } = buildPrompt(dialogue, promptTurns) ?? {};
      expect(partialOf({ prompt, speaker })).toBe(partial);
    }
  });

  it("returns undefined when there are too few turns", () => {
    expect(buildPrompt(dialogue, 5)).toBeUndefined();
    expect(buildPrompt(dialogue, 4)).toBeDefined();
    expect(buildPrompt(dialogue, -5)).toBeUndefined();
  });

  it("gives a prompt that can lose its oldest turns, but not its last", () => {
    const prompt = buildPrompt(dialogue, 2);
    const shorter = prompt && withoutOldestTurns(prompt, 1);
    expect(shorter?.text).toBe("B:: Well, we did, and then it, it wouldn't start.\nA::");
    expect(shorter?.human).toBe("Oh no.");
    expect(shorter && withoutOldestTurns(shorter, 1)).toBeUndefined();
  });
});

describe("promptOf", () => {
  it("makes the other speaker the next one", () => {
    const a = { speaker: "A", text: "hi" };
    const b = { speaker: "B", text: "hello" };
    expect(promptOf("x", [a]).speaker).toBe("B");
    expect(promptOf("x", [a, b]).speaker).toBe("A");
    expect(promptOf("x", [{ speaker: "Ann", text: "hi" }, b, { speaker: "Ann", text: "so" }]).speaker).toBe(
      "B",
    );
  });
});

describe("parseTurns", () => {
  it("starts a turn only at a label at the start of a line", () => {
    expect(parseTurns("A:: And B:: is no label here.\nB:: But so.")).toEqual([
      { speaker: "A", text: "And B:: is no label here." },
      { speaker: "B", text: "But so." },
    ]);
  });

  it("continues a turn over lines without a label", () => {
    expect(parseTurns("A:: one\ntwo\nB:: three")).toEqual([
      { speaker: "A", text: "one\ntwo" },
      { speaker: "B", text: "three" },
    ]);
  });
});
