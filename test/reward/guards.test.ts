import { describe, expect, it } from "vitest";
import { collectContextWords, computeGuardShares, splitWords } from "../../lib/reward/guards.ts";

const context = collectContextWords([
  "So we went to the lake with the boat.",
  "Oh, really? And how was the water?",
  "Right.",
  "Oh no.",
]);
const shares = (turn: string, connectives: number | null = 0) =>
  computeGuardShares(splitWords(turn), context, connectives);

describe("the copied share", () => {
  it("is 1 when a turn is repeated, whatever its punctuation", () => {
    expect(shares("so we went to the lake, with the boat").copied).toBe(1);
  });

  it("is the share of the words in runs of four or more", () => {
    // 5 of 10 words: "and how was the water"; "the boat" is too short a run.
    expect(shares("Well and how was the water I sold the boat").copied).toBeCloseTo(0.5, 12);
    expect(shares("we went to a lake with a boat").copied).toBe(0);
  });

  it("does not count runs that span two turns", () => {
    expect(shares("with the boat oh really").copied).toBe(0);
  });

  it("is 1 or 0 for a turn that is too short for a run", () => {
    expect(shares("Oh no!").copied).toBe(1);
    expect(shares("the boat").copied).toBe(0);
  });
});

describe("the echoed share", () => {
  it("is the share of the distinct words that the context has, in any order", () => {
    // water, boat, lake of water, boat, lake, engine.
    expect(shares("water boat lake water engine").echoed).toBe(0.75);
    expect(shares("boat the with lake the to went we").echoed).toBe(1);
  });

  it("is 0 for fewer than four words", () => {
    expect(shares("the lake boat").echoed).toBe(0);
  });
});

describe("the repeated share", () => {
  it("is the share of the word pairs that occur earlier in the turn", () => {
    // Eleven pairs, of which i-like, like-it, it-and, and-i are distinct.
    expect(shares("I like it and I like it and I like it and").repeated).toBeCloseTo(1 - 4 / 11, 12);
    expect(shares("we have two dogs and a cat").repeated).toBe(0);
  });

  it("is 1 for two equal words and 0 for two different words", () => {
    expect(shares("yeah yeah").repeated).toBe(1);
    expect(shares("oh yeah").repeated).toBe(0);
  });
});

describe("words", () => {
  it("are runs of letters and digits with their inner marks", () => {
    expect(splitWords("Uh-huh, I don't -- know 5 ...")).toEqual(["uh-huh", "i", "don't", "know", "5"]);
    expect(splitWords(" ... ")).toEqual([]);
  });
});

describe("the linked share", () => {
  it("counts connectives from four words on and is at most 1", () => {
    expect(shares("and so because it", 0.75).linked).toBe(0.75);
    expect(shares("and so because", 1).linked).toBe(0);
    expect(shares("and so because then", 1.25).linked).toBe(1);
    expect(shares("we have two dogs", null).linked).toBe(0);
  });
});

describe("the terse share", () => {
  it("is the share by which a turn falls short of eight words", () => {
    expect(shares("you know").terse).toBe(0.75);
    expect(shares("well I think so").terse).toBe(0.5);
    expect(shares("we have two dogs and a big cat").terse).toBe(0);
    expect(shares("we have two dogs and a big old cat").terse).toBe(0);
  });
});
