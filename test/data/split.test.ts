import { describe, expect, it } from "vitest";
import { shuffledOrder } from "../../lib/data/order.ts";
import { isHeldOut, splitDialogues } from "../../lib/data/split.ts";

const dialogues = Array.from({ length: 2000 }, (_, index) => ({ id: `d${index}`, text: "", turns: [] }));

describe("splitDialogues", () => {
  it("holds out about the requested fraction, independently of the other dialogues", () => {
    const split = { evalFraction: 0.2, seed: 3 };
    const { train, evaluation } = splitDialogues(dialogues, split);
    expect(train.length + evaluation.length).toBe(2000);
    expect(Math.abs(evaluation.length - 400)).toBeLessThan(72); // four standard errors
    const half = splitDialogues(dialogues.slice(1000), split);
    expect(half.evaluation.every(({ id }) => isHeldOut(id, split))).toBe(true);
    expect(evaluation.filter(({ id }) => Number(id.slice(1)) >= 1000)).toEqual(half.evaluation);
  });

  it("gives another split for another seed", () => {
    const ids = (seed: number) =>
      splitDialogues(dialogues, { evalFraction: 0.5, seed }).evaluation.map(({ id }) => id);
    expect(ids(1)).not.toEqual(ids(2));
  });

  it("refuses to hold out everything", () => {
    expect(() => splitDialogues(dialogues.slice(0, 1), { evalFraction: 1, seed: 0 })).toThrow(
      /leaves no dialogue/,
    );
  });
});

describe("shuffledOrder", () => {
  it("returns a permutation that depends on seed and epoch", () => {
    const order = shuffledOrder(500, 1, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(shuffledOrder(500, 1, 0)).toEqual(order);
    expect(shuffledOrder(500, 1, 1)).not.toEqual(order);
    expect(shuffledOrder(500, 2, 0)).not.toEqual(order);
  });

  it("puts every item first equally often", () => {
    const counts = new Array(10).fill(0);
    for (let seed = 0; seed < 5000; seed++) counts[shuffledOrder(10, seed, 0)[0] as number] += 1;
    // Chi-square with 9 degrees of freedom exceeds 27.9 with a probability of 0.001.
    expect(counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)).toBeLessThan(27.9);
  });
});
