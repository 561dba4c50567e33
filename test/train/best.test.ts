import { describe, expect, it } from "vitest";
import { BestCheckpoint } from "../../lib/train/best.ts";

const BEFORE = { reward: -0.1, kl: 0, perplexity: 20, words: 10 };
const LIMITS = { kl: 5, perplexity: 1.05, length: 1.1 };

const evaluated = (step: number, reward: number, more: Record<string, number> = {}) => ({
  step,
  time: "",
  stats: {
    "eval/dialogues": 4,
    "eval/reward_mean": reward,
    "eval/kl": 1,
    "eval/perplexity": 20.5,
    "eval/words_mean": 10,
    ...more,
  },
});

describe("BestCheckpoint", () => {
  it("takes the highest reward that keeps every limit", () => {
    const best = new BestCheckpoint(BEFORE, LIMITS);
    expect(best.add(evaluated(10, 0.1))).toBe(true);
    expect(best.add(evaluated(20, 0.3, { "eval/perplexity": 21.2 }))).toBe(false);
    expect(best.add(evaluated(30, 0.2, { "eval/kl": 5.5 }))).toBe(false);
    expect(best.add(evaluated(40, 0.2, { "eval/words_mean": 11.2 }))).toBe(false);
    expect(best.add(evaluated(50, 0.2, { "eval/words_mean": 9 }))).toBe(false);
    expect(best.withoutBetter).toBe(4);
    expect(best.add({ step: 55, stats: { "env/reward_mean": 9 } })).toBe(false);
    expect(best.add(evaluated(60, 0.15, { "eval/perplexity": 20.9, "eval/words_mean": 9.2 }))).toBe(true);
    expect(best.describe()).toMatchObject({
      best: { step: 60, reward: 0.15, kl: 1, perplexity: 20.9, words: 9.2 },
      evaluations: 6,
      withoutBetter: 0,
      reason:
        "step 60 has the highest held-out reward of 6 evaluations, 0.150 (+0.250 against the child before training); " +
        "step 20 has 0.300, but perplexity x1.06 above x1.05",
    });
  });

  it("continues from the log of the steps before a resume", () => {
    const steps = [evaluated(1, 0.1), evaluated(2, 0.05), evaluated(3, 0.02)];
    const whole = new BestCheckpoint(BEFORE, LIMITS);
    for (const step of steps) whole.add(step);
    const resumed = new BestCheckpoint(BEFORE, LIMITS, steps.slice(0, 2));
    resumed.add(evaluated(3, 0.02));
    expect(resumed.describe()).toEqual(whole.describe());
    expect(whole.withoutBetter).toBe(2);
  });

  it("never takes figures that are not finite", () => {
    const best = new BestCheckpoint(BEFORE, LIMITS);
    const stats = { ...evaluated(1, 1).stats, "eval/kl": null };
    expect(best.add({ step: 1, stats })).toBe(false);
    expect(best.describe()).toMatchObject({ best: null, reason: "none of 1 evaluation keeps the limits" });
  });
});
