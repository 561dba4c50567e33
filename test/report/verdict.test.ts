import { describe, expect, it } from "vitest";
import { evaluationVerdict } from "../../lib/report/evaluation-verdict.ts";
import { evaluationNotes } from "../../lib/report/notes.ts";
import { compareThirds, studentPoint, trainingVerdict } from "../../lib/report/training-verdict.ts";
import { absent, compared, constructed } from "./constructed.ts";

const REWARDS = {
  up: [compared(-0.1, 0.01, 0.03), /^The reward rose clearly \(\+0\.11, 95 % interval \+0\.08 to \+0\.14\)/],
  flat: [compared(0, 0.009, 0.06), /^The reward did not change clearly \(\+0\.009, /],
  down: [compared(0, -0.05), /^The reward fell clearly \(-0\.050, /],
} as const;
const LENGTHS = {
  up: [compared(10, 16), /; turns became clearly longer \(10\.0 to 16\.0 words\); their repetition did not/],
  same: [compared(10, 10.2, 0.5), /; the length of turns and their repetition did not change clearly;/],
  down: [
    compared(10, 5.3),
    /; turns became clearly shorter \(10\.0 to 5\.3 words\); their repetition did not/,
  ],
} as const;
const COSTS = {
  up: [
    compared(40, 44),
    /(cost is|it cost) 10\.0 % more perplexity of human turns \(40\.0 to 44\.0\), with a KL/,
  ],
  same: [
    compared(40, 40.2, 1),
    /no clear cost: perplexity of human turns 40\.0 to 40\.2, KL 2\.00 nats per turn\.$/,
  ],
  down: [
    compared(40, 36),
    /the language did not get worse: perplexity of human turns fell clearly by 10\.0 % \(40\.0 to 36\.0\); KL/,
  ],
} as const;

describe("the verdict of an evaluation", () => {
  it("does not take TAACO's reward for that of a run with a reward of its own", () => {
    const setting = { ownReward: true, scorePreset: "taaco" };
    const changes = { reward: REWARDS.flat[0], perplexity: COSTS.up[0], setting };
    const verdict = evaluationVerdict(constructed(changes));
    expect(verdict).toMatch(
      /^The TAACO reward did not change clearly .*; the cost is 10\.0 % more perplexity/,
    );
    const notes = evaluationNotes(constructed(changes)).join("\n");
    expect(notes).toContain("trained with a reward of your own");
    expect(notes).not.toMatch(/no clear change|no gain in reward/);
    expect(evaluationNotes(constructed({ ...changes, setting: {} })).join("\n")).toMatch(
      /no clear change[\s\S]*no gain in reward/,
    );
  });

  for (const [rewardName, [reward, rewardText]] of Object.entries(REWARDS)) {
    for (const [lengthName, [length, lengthText]] of Object.entries(LENGTHS)) {
      for (const [costName, [perplexity, costText]] of Object.entries(COSTS)) {
        it(`names reward ${rewardName}, length ${lengthName} and perplexity ${costName}`, () => {
          const verdict = evaluationVerdict(
            constructed({ reward, length: { ...length, teacher: 12, human: 12 }, perplexity }),
          );
          expect(verdict).toMatch(rewardText);
          expect(verdict).toMatch(lengthText);
          expect(verdict).toMatch(costText);
          expect(verdict.includes("without a gain")).toBe(rewardName !== "up" && costName === "up");
          expect(verdict.match(/[.!?](?= [A-Z]|$)/g)).toHaveLength(1);
        });
      }
    }
  }

  it("shows two decimals of a small perplexity", () => {
    expect(evaluationVerdict(constructed({ perplexity: compared(1.426, 1.422, 0.01) }))).toContain(
      "perplexity of human turns 1.43 to 1.42",
    );
  });

  it("names a clear change of repetition", () => {
    const repetition = (after: number) => ({ ...compared(0.01, after), teacher: 0.01, human: 0.01 });
    expect(evaluationVerdict(constructed({ repetition: repetition(0.05) }))).toMatch(
      /word pairs clearly more often \(0\.0100 to 0\.0500 of all\); the length of turns did not change/,
    );
    expect(evaluationVerdict(constructed({ repetition: repetition(0.001) }))).toMatch(/clearly less often/);
  });

  it("leaves out what was not measured", () => {
    const verdict = evaluationVerdict(constructed({ reward: absent, perplexity: absent, kl: absent }));
    expect(verdict).toMatch(/^The reward cannot be compared, .*; the length .* did not change clearly\.$/);
    expect(evaluationVerdict(constructed({ perplexity: absent }))).toMatch(
      /the cost is a KL of 2\.00 nats per turn\.$/,
    );
  });
});

/** Steps whose reward and words go from the first to the second value, with noise of a fixed pattern. */
function steps(count: number, reward: readonly number[], words: readonly number[]) {
  const [r0 = 0, r1 = 0] = reward;
  const [w0 = 0, w1 = 0] = words;
  return Array.from({ length: count }, (_, at) => {
    const share = at < count / 2 ? 0 : 1;
    const noise = (at % 2) - 0.5;
    return {
      step: at + 1,
      stats: {
        "env/reward_mean": r0 + share * (r1 - r0) + 0.02 * noise,
        "dppo/child_words_mean": w0 + share * (w1 - w0) + noise,
        "objective/kl": 3 * share,
      },
    };
  });
}

describe("the verdict of a training", () => {
  it("compares the thirds of the run", () => {
    expect(trainingVerdict(steps(60, [0, 0.1], [10, 10]))).toMatch(
      /reward rose clearly from the first to the last third .*; the length of turns did not change clearly \(10\.0 to 10\.0 words\); the mean KL of the last third is 3\.00 nats per turn\.$/,
    );
    expect(trainingVerdict(steps(60, [0, 0.001], [10, 15]))).toMatch(
      /did not change clearly .*clearly longer/,
    );
    expect(trainingVerdict(steps(60, [0.1, 0], [10, 5]))).toMatch(/reward fell clearly .*clearly shorter/);
  });

  it("says of a short run that it is too short", () => {
    expect(trainingVerdict(steps(14, [0, 1], [10, 20]))).toMatch(/^14 steps are too few to tell .* 15\.$/);
    expect(trainingVerdict(steps(1, [0, 1], [10, 20]))).toMatch(/^1 step is too few/);
    expect(trainingVerdict(steps(15, [0, 1], [10, 20]))).toMatch(/rose clearly/);
  });

  it("leaves out steps without a value", () => {
    const run = steps(60, [0, 0.1], [10, 10]).map(({ step }) => ({ step, stats: { "objective/kl": null } }));
    expect(trainingVerdict(run)).toMatch(/too few/);
  });

  it("uses Student's t and Welch's interval", () => {
    // The points are those of printed tables.
    for (const [degrees, point] of [
      [4, 2.776],
      [8, 2.306],
      [30, 2.042],
      [120, 1.98],
    ] as const)
      expect(studentPoint(degrees)).toBeCloseTo(point, degrees < 8 ? 1 : 2);
    // By hand: means 3 and 13, variances 2.5 and 10 over 5 values, t of 5.88 degrees is 2.459.
    const values = [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 9, 11, 13, 15, 17];
    const { difference, low } = compareThirds(values) ?? {};
    expect(difference).toBe(10);
    expect(low).toBeCloseTo(10 - 2.459 * Math.sqrt(2.5 / 5 + 10 / 5), 1);
  });
});
