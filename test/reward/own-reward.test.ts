import { describe, expect, it } from "vitest";
import { check, type Reward, train } from "../../lib/index.ts";
import { FunctionReward } from "../../lib/reward/function-reward.ts";
import type { Sample } from "../../lib/sample.ts";

const sample: Sample = {
  id: "1",
  prompt: "A:: so\nB::",
  turns: [{ speaker: "A", text: "so" }],
  speaker: "B",
  child: "yes",
  teacher: "no",
  teachers: ["no"],
  human: null,
};

describe("a reward of a program", () => {
  it.each(["env", "ppo", "objective/own", "time"])("with the name %s is refused", async (name) => {
    // Its part reward_mean would take the place of TRL's env/reward_mean in the log.
    const score: Reward["score"] = async (samples) =>
      samples.map(() => ({ reward: 1, parts: { reward_mean: 42 } }));
    const steps = train({ steps: 1, outputDir: "no-such-run" }, { reward: { name, score } });
    const expected = {
      code: "ERR_CONFIG",
      message: expect.stringMatching(/^reward: the name "[a-z/]+" is taken/),
    };
    await expect(steps.next()).rejects.toMatchObject(expected);
    const report = await check({ steps: 1, outputDir: "no-such-run" }, { reward: { name, score } });
    expect(
      report.checks
        .filter(({ ok }) => !ok)
        .map(({ detail }) => detail)
        .join(),
    ).toContain("is taken by");
  });

  it("may take the samples out of its list", async () => {
    const reward = new FunctionReward((samples) => (samples as Sample[]).splice(0).map(() => 1));
    expect(await reward.score([sample, sample].slice())).toEqual([{ reward: 1 }, { reward: 1 }]);
    const wrong = new FunctionReward((samples) => (samples as Sample[]).splice(0, 1).map(() => 1));
    await expect(wrong.score([sample, sample].slice())).rejects.toThrow("gave 1 reward for 2 samples");
  });
});
