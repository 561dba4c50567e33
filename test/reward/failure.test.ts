import { describe, expect, it } from "vitest";
import { applyFailurePolicy, isFailure, type RewardFailure } from "../../lib/reward/reward.ts";
import { Scorer } from "../../lib/reward/scorer.ts";
import { scoreTurns, TaacoReward, type TurnScores } from "../../lib/reward/taaco-reward.ts";
import type { Sample } from "../../lib/sample.ts";
import { fakeAnalyser, fakeCalibration, oneIndexPreset } from "./fake-analyser.ts";

const indices = { dppo_turn_x: { mean: 0, sd: 1, count: 100 } };
const turn = { texts: 100, all: indices, bands: [] };
const text = { texts: 0, all: {}, bands: [] };

// The value of a turn is the number that it begins with; "bad" cannot be analysed.
const scorer = Scorer.create({
  preset: oneIndexPreset,
  indexMode: "corrected",
  scoredText: "dialogue",
  calibration: fakeCalibration(text, turn),
  taaco: fakeAnalyser({
    turn: ([first = ""]) => {
      if (first === "bad") throw new Error("no parse");
      return { dppo_turn_x: Number(first) };
    },
  }),
});

const sample = (child: string, teachers: string[], human: string | null = null): Sample => ({
  id: "dialogue 7",
  prompt: "A:: so what now\nB::",
  turns: [{ speaker: "A", text: "so what now" }],
  speaker: "B",
  child,
  teacher: teachers[0] ?? "",
  teachers,
  human,
});
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const scored = (result: TurnScores | RewardFailure): TurnScores => {
  if ("reason" in result) throw new Error(`no reward: ${result.reason}`);
  return result;
};

describe("the reward", () => {
  it("is the child's score minus the teacher's", () => {
    const { reward } = scored(scoreTurns(scorer, sample("1 x", ["0.5 x"])));
    expect(reward).toBeCloseTo(logistic(1) - logistic(0.5), 12);
  });

  it("subtracts the mean of several teacher turns", () => {
    const result = scored(scoreTurns(scorer, sample("0 x", ["1 x", "2 x", "-1 x"])));
    expect(result.teacherScore).toBeCloseTo((logistic(1) + logistic(2) + logistic(-1)) / 3, 12);
    expect(result.reward).toBeCloseTo(0.5 - (logistic(1) + logistic(2) + logistic(-1)) / 3, 12);
  });

  it("is the child's score without a teacher", () => {
    const result = scored(scoreTurns(scorer, sample("1 x", [])));
    expect(result.reward).toBeCloseTo(logistic(1), 12);
    expect(result.teacherScore).toBeUndefined();
  });

  it("does not depend on the human turn, whose score is reported", () => {
    const result = scored(scoreTurns(scorer, sample("1 x", ["1 x"], "2 x")));
    expect(result.reward).toBe(0);
    expect(result.human?.value).toBeCloseTo(logistic(2), 12);
    expect(scored(scoreTurns(scorer, sample("1 x", ["1 x"], "bad x"))).human).toBeUndefined();
  });

  it("is the lowest possible for an empty child turn, not a failure", () => {
    const { reward } = scored(scoreTurns(scorer, sample("", ["0 x"])));
    expect(reward).toBeCloseTo(logistic(-3) - 0.5, 12);
  });
});

describe("a sample without a score", () => {
  const failing = [sample("bad x", ["1 x"]), sample("1 x", ["bad x"]), sample("1 x", [""])];
  const reward = new TaacoReward(scorer);

  async function results(policy: "drop" | "zero" | "fail") {
    const scores = await reward.score(failing);
    return scores.map((result, at) => applyFailurePolicy(failing[at] as Sample, result, policy));
  }

  it("keeps its reason under policy drop", async () => {
    expect(await results("drop")).toEqual([
      { reason: "a turn could not be analysed: no parse" },
      { reason: "a turn could not be analysed: no parse" },
      { reason: "the teacher's turn is empty" },
    ]);
  });

  it("keeps its reason when the dialogue before the turns cannot be analysed", async () => {
    const broken = Object.create(scorer, {
      prepare: {
        value: () => {
          throw new Error("no parse");
        },
      },
    });
    expect(await new TaacoReward(broken).score([sample("1 x", ["1 x"])])).toEqual([
      { reason: "a dialogue could not be analysed: no parse" },
    ]);
  });

  it("has a reward of 0 under policy zero", async () => {
    for (const result of await results("zero")) expect(result).toEqual({ reward: 0 });
  });

  it("ends the run under policy fail with an error that names the sample", async () => {
    await expect(results("fail")).rejects.toThrow("dialogue 7: a turn could not be analysed: no parse");
  });

  it("needs only one teacher turn that can be scored", () => {
    const result = scored(scoreTurns(scorer, sample("1 x", ["", "bad x", "0 x"])));
    expect(result.teachers).toHaveLength(1);
    expect(result.teacherScore).toBe(0.5);
  });
});

describe("the TAACO reward of a batch", () => {
  it("reports the scores and the child's raw index values with each reward", async () => {
    const [one, two] = await new TaacoReward(scorer).score([
      sample("1 x", ["0 x"], "2 x"),
      sample("bad x", ["0 x"]),
    ]);
    if (one === undefined || isFailure(one)) throw new Error("expected a reward");
    expect(one.reward).toBeCloseTo(logistic(1) - 0.5, 12);
    expect(one.scores).toEqual({
      child: expect.closeTo(logistic(1), 12),
      teacher: 0.5,
      human: expect.closeTo(logistic(2), 12),
    });
    expect(one.parts).toEqual({ dppo_turn_x: 1 });
    expect(two).toEqual({ reason: "a turn could not be analysed: no parse" });
  });
});
