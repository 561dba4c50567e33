import { describe, expect, it } from "vitest";
import { type ScoredSample, scoreSample } from "../../lib/reward/failure.ts";
import type { ScorePreset } from "../../lib/reward/preset.ts";
import { Scorer } from "../../lib/reward/scorer.ts";
import { fakeAnalyser } from "./fake-analyser.ts";

const preset: ScorePreset = {
  name: "own",
  scope: "turn",
  raw: false,
  experiment: false,
  terms: [{ index: "dppo_turn_x", weight: 1, sign: 1, clip: [-3, 3] }],
  guards: [],
};
const indices = { dppo_turn_x: { mean: 0, sd: 1, count: 100 } };
const turn = { texts: 100, all: indices, bands: [] };
const text = { texts: 0, all: {}, bands: [] };

// The value of a turn is the number that it begins with; "bad" cannot be analysed.
const scorer = await Scorer.create({
  preset,
  indexMode: "corrected",
  scoredText: "dialogue",
  calibration: {
    format: "dialogue-ppo calibration",
    version: 1,
    corpus: { hash: "0".repeat(64), dialogues: 100 },
    indexMode: "corrected",
    scoredText: "dialogue",
    lists: "own",
    spaces: [],
    text,
    turn,
  },
  taaco: fakeAnalyser({
    turn: ([first = ""]) => {
      if (first === "bad") throw new Error("no parse");
      return { dppo_turn_x: Number(first) };
    },
  }),
});

const sample = (child: string, teachers: string[], human: string | null = null) => ({
  id: "dialogue 7",
  turns: [{ speaker: "A", text: "so what now" }],
  speaker: "B",
  child,
  teachers,
  human,
});
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const scored = (result: ReturnType<typeof scoreSample>): ScoredSample => {
  if ("dropped" in result) throw new Error(`dropped: ${result.dropped}`);
  return result;
};

describe("the reward", () => {
  it("is the child's score minus the teacher's", () => {
    const { reward } = scored(scoreSample(scorer, sample("1 x", ["0.5 x"]), "drop"));
    expect(reward).toBeCloseTo(logistic(1) - logistic(0.5), 12);
  });

  it("subtracts the mean of several teacher turns", () => {
    const result = scored(scoreSample(scorer, sample("0 x", ["1 x", "2 x", "-1 x"]), "drop"));
    expect(result.teacherScore).toBeCloseTo((logistic(1) + logistic(2) + logistic(-1)) / 3, 12);
    expect(result.reward).toBeCloseTo(0.5 - (logistic(1) + logistic(2) + logistic(-1)) / 3, 12);
  });

  it("is the child's score without a teacher", () => {
    const result = scored(scoreSample(scorer, sample("1 x", []), "drop"));
    expect(result.reward).toBeCloseTo(logistic(1), 12);
    expect(result.teacherScore).toBeUndefined();
  });

  it("does not depend on the human turn, whose score stands beside it", () => {
    const result = scored(scoreSample(scorer, sample("1 x", ["1 x"], "2 x"), "drop"));
    expect(result.reward).toBe(0);
    expect(result.human?.value).toBeCloseTo(logistic(2), 12);
    expect(scored(scoreSample(scorer, sample("1 x", ["1 x"], "bad x"), "drop")).human).toBeUndefined();
  });

  it("of an empty child turn is the worst there is, never a failure", () => {
    const { reward } = scored(scoreSample(scorer, sample("", ["0 x"]), "fail"));
    expect(reward).toBeCloseTo(logistic(-3) - 0.5, 12);
  });
});

describe("a sample without a score", () => {
  const failing = [sample("bad x", ["1 x"]), sample("1 x", ["bad x"]), sample("1 x", [""])];

  it("is dropped with its reason by default", () => {
    expect(failing.map((one) => scoreSample(scorer, one, "drop"))).toEqual([
      { dropped: "a turn could not be analysed: no parse" },
      { dropped: "a turn could not be analysed: no parse" },
      { dropped: "the teacher's turn is empty" },
    ]);
  });

  it("counts as no difference under zero", () => {
    for (const one of failing) {
      const result = scored(scoreSample(scorer, one, "zero"));
      expect(result.reward).toBe(0);
      expect(result.failure).toBeDefined();
    }
  });

  it("ends the run under fail, by name", () => {
    expect(() => scoreSample(scorer, failing[0] as never, "fail")).toThrow(
      "dialogue 7: a turn could not be analysed: no parse",
    );
  });

  it("is not one while a teacher turn is left", () => {
    const result = scored(scoreSample(scorer, sample("1 x", ["", "bad x", "0 x"]), "fail"));
    expect(result.teachers).toHaveLength(1);
    expect(result.teacherScore).toBe(0.5);
  });
});
