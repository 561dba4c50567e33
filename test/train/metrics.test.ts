import { describe, expect, it } from "vitest";
import type { PpoStepResult } from "../../lib/model/ppo-trainer.ts";
import { sampleRecord, stepLog, stepStatistics } from "../../lib/train/metrics.ts";
import type { Rollout, RolloutSample } from "../../lib/train/rollout.ts";

function sample(more: Partial<RolloutSample>): RolloutSample {
  return {
    id: "d1",
    prompt: "A:: so\nB::",
    turns: [{ speaker: "A", text: "so" }],
    speaker: "B",
    child: "yes it is",
    teacher: "well yes",
    teachers: ["well yes"],
    human: "no",
    promptIds: Int32Array.of(1, 2),
    childIds: Int32Array.of(3, 4, 5),
    ended: true,
    reward: 0,
    childScore: null,
    teacherScore: null,
    humanScore: null,
    childParts: {},
    ...more,
  };
}

const update: PpoStepResult = {
  stats: { "objective/kl": 0.25 },
  arrays: {},
  gradientNorms: [1],
  klCoef: 0.2,
  learningRate: 1e-5,
};

function statistics(samples: RolloutSample[], rewardName = "taaco", dropped: Rollout["dropped"] = {}) {
  const seconds = { child: 2, teacher: 3, score: 0.5 };
  const rollout = { samples, dropped, retries: 0, seconds };
  return stepStatistics({ rollout, update, rewardName, epoch: 1, seconds: 8 });
}

describe("the statistics of a step", () => {
  it("are those of TRL unchanged, and means and unbiased deviations of rewards and scores", () => {
    const stats = statistics([
      sample({ reward: 0.1, childScore: 0.6, teacherScore: 0.5, humanScore: 0.7, child: "a b" }),
      sample({ reward: 0.3, childScore: 0.8, teacherScore: 0.5, ended: false, child: "a b c d" }),
    ]);
    expect(stats["objective/kl"]).toBe(0.25);
    expect(stats["env/reward_mean"]).toBeCloseTo(0.2, 12);
    // (0.1^2 + 0.1^2) / (2 - 1), as torch.std computes it
    expect(stats["env/reward_std"]).toBeCloseTo(Math.sqrt(0.02), 12);
    expect(stats["dppo/child_score_mean"]).toBeCloseTo(0.7, 12);
    expect(stats["dppo/teacher_score_std"]).toBe(0);
    // Only one sample has a human score.
    expect(stats["dppo/human_score_mean"]).toBe(0.7);
    expect(stats["dppo/ended_share"]).toBe(0.5);
    expect(stats["dppo/child_words_mean"]).toBe(3);
    // six tokens in two seconds
    expect(stats["dppo/tokens_per_second"]).toBe(3);
    expect(stats).toMatchObject({ "dppo/epoch": 1, "time/teacher": 3, "time/score": 0.5, "time/step": 8 });
  });

  it("have the mean of each part under the reward's name, over the samples that have it", () => {
    const samples = [
      sample({ childParts: { lemma_ttr: 0.5, lsa_1_all_sent: null } }),
      sample({ childParts: { lemma_ttr: 0.7, lsa_1_all_sent: 0.2 } }),
    ];
    const stats = statistics(samples);
    expect(stats["taaco/lemma_ttr"]).toBeCloseTo(0.6, 12);
    expect(stats["taaco/lsa_1_all_sent"]).toBe(0.2);
    expect(statistics(samples, "own")["own/lemma_ttr"]).toBeCloseTo(0.6, 12);
  });

  it("leave out scores that a reward does not have, and count the dropped samples", () => {
    const stats = statistics([sample({}), sample({})], "reward", { "no parse": 2, empty: 1 });
    expect(Object.keys(stats).filter((name) => name.includes("score_"))).toEqual([]);
    expect(stats["dppo/dropped"]).toBe(3);
  });

  it("become a line of the log, with null for values that are not finite", () => {
    // The deviation of one sample is not defined.
    const line = stepLog(4, statistics([sample({ reward: 0.5 })]));
    expect(line).toMatchObject({ step: 4, stats: { "env/reward_mean": 0.5, "env/reward_std": null } });
    expect(line.nan_keys).toEqual(["env/reward_std"]);
    expect(new Date(line.time).toISOString()).toBe(line.time);
  });
});

describe("a line of samples.jsonl", () => {
  it("has the turns, scores and reward, but no token ids", () => {
    const record = sampleRecord(3, sample({ reward: 0.1, childScore: 0.6, childParts: { lemma_ttr: 0.5 } }));
    expect(record).toEqual({
      step: 3,
      id: "d1",
      turns: [{ speaker: "A", text: "so" }],
      child: "yes it is",
      teacher: "well yes",
      human: "no",
      childScore: 0.6,
      teacherScore: null,
      reward: 0.1,
      childParts: { lemma_ttr: 0.5 },
    });
  });
});
