import { describe, expect, it } from "vitest";
import { Exchange } from "../../lib/dialogue/exchange.ts";
import { promptOf } from "../../lib/dialogue/prompt.ts";
import { FunctionReward } from "../../lib/reward/function-reward.ts";
import type { BatchScoring, Reward, SamplePrompt } from "../../lib/reward/reward.ts";
import type { Sample } from "../../lib/sample.ts";
import { PromptCursor } from "../../lib/train/cursor.ts";
import { sampleRecord } from "../../lib/train/metrics.ts";
import { collectRollout, type RolloutParts } from "../../lib/train/rollout.ts";
import { drawSeed } from "../../lib/train/seeds.ts";
import { speaker } from "../dialogue/fake-speaker.ts";

const prompts = Array.from({ length: 6 }, (_, at) =>
  promptOf(`d${at}`, [{ speaker: "A", text: `turn ${at}` }], "B", `human ${at}`),
);

function parts(reward: Reward, more: Partial<RolloutParts> = {}): RolloutParts {
  const exchange = new Exchange(speaker(["yes it is"]), speaker(["well yes"]), { maxNewTokens: 20 });
  const cursor = new PromptCursor(prompts, 0);
  return { exchange, reward, cursor, batchSize: 4, seed: 7, failurePolicy: "drop", ...more };
}

const lengthReward = new FunctionReward((samples) => samples.map(({ child }) => child.length));

describe("a rollout", () => {
  it("has a prompt, both turns, the human turn and the reward in every sample", async () => {
    const { samples, dropped, retries } = await collectRollout(parts(lengthReward), 1);
    const ids = new PromptCursor(prompts, 0).take(4).map(({ id }) => id);
    expect(samples.map(({ id }) => id)).toEqual(ids);
    const number = ids[0]?.slice(1);
    expect(samples[0]).toMatchObject({
      prompt: `A:: turn ${number}\nB::`,
      turns: [{ speaker: "A", text: `turn ${number}` }],
      speaker: "B",
      child: "yes it is",
      teacher: "well yes",
      teachers: ["well yes"],
      human: `human ${number}`,
      reward: 9,
      childScore: null,
      ended: true,
    });
    expect({ dropped, retries }).toEqual({ dropped: {}, retries: 0 });
  });

  it("keeps the scores and parts that a reward returns with the number", async () => {
    const reward: Reward = {
      name: "own",
      score: async (samples) =>
        samples.map(() => ({ reward: 0.2, scores: { child: 0.7, teacher: 0.5 }, parts: { fluency: 0.9 } })),
    };
    const { samples } = await collectRollout(parts(reward), 1);
    expect(samples[0]).toMatchObject({
      reward: 0.2,
      childScore: 0.7,
      teacherScore: 0.5,
      humanScore: null,
      childParts: { fluency: 0.9 },
    });
  });

  it("replaces samples without a reward by the next dialogues, which have other seeds", async () => {
    const seeds: number[] = [];
    const child = speaker(["yes"], -1, { seeds, prompts: [] });
    const exchange = new Exchange(child, speaker(["well"]), { maxNewTokens: 20 });
    let calls = 0;
    const reward: Reward = {
      name: "own",
      score: async (samples) => {
        calls += 1;
        return samples.map((_, at) =>
          calls === 1 && at < 2 ? { reason: `no parse: sentence ${at}` } : { reward: 1 },
        );
      },
    };
    const rollout = await collectRollout(parts(reward, { exchange }), 3);
    expect(rollout.samples).toHaveLength(4);
    // Reasons are counted by the part before the colon.
    expect(rollout.dropped).toEqual({ "no parse": 2 });
    expect(rollout.retries).toBe(2);
    expect(seeds).toEqual([0, 1, 2, 3, 4, 5].map((slot) => drawSeed(7, 3, slot, "child", 0)));
  });

  it("passes the signal to the reward", async () => {
    const controller = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const reward = new FunctionReward((samples: readonly Sample[], signal) => {
      signals.push(signal);
      return samples.map(() => 0);
    });
    const run = collectRollout(parts(reward), 1, controller.signal);
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  it("refuses a reward with a wrong number of results", async () => {
    const reward: Reward = { name: "own", score: async () => [{ reward: 1 }] };
    await expect(collectRollout(parts(reward), 1)).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: "the reward gave 1 results for 4 samples",
    });
  });
});

describe("a reward that no compiler has checked", () => {
  const reward = (score: unknown, more: object = {}): Reward => ({ name: "own", score, ...more }) as Reward;
  const giving = (result: unknown) => async (samples: readonly Sample[]) => samples.map(() => result);

  it.each([
    [{ reward: 1, parts: null }, "the reward gave parts that are no object of named numbers"],
    [{ reward: 1, parts: { fluency: "0.9" } }, "the reward gave parts that are no object of named numbers"],
    [{ reward: 1, scores: { child: "x" } }, "the reward gave scores that are no object of named numbers"],
    [{ reason: 5 }, "the reward gave 5 as the reason of a failure, expected text"],
  ])("is refused when it gives %j", async (result, message) => {
    await expect(collectRollout(parts(reward(giving(result))), 1)).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message,
    });
  });

  it.each([
    [Symbol("x"), "Symbol(x)"],
    [1e39, "1e+39"],
    [Object.create(null), "an object"],
  ])("counts a reward that is no finite number in single precision as a failure", async (value, shown) => {
    const message = `40 times the reward gave ${shown}, expected a finite number`;
    await expect(collectRollout(parts(reward(giving({ reward: value }))), 1)).rejects.toMatchObject({
      code: "ERR_DATA",
      message: expect.stringContaining(message),
    });
  });

  it("may change the samples that it is given, and return a list of promises", async () => {
    const changing = new FunctionReward((samples) => {
      const rewards = samples.map(async ({ child }) => child.length);
      for (const sample of samples as unknown as { child: string; turns: unknown[] }[]) {
        sample.child = "";
        sample.turns.length = 0;
      }
      return rewards;
    });
    const { samples } = await collectRollout(parts(changing), 1);
    expect(samples.map(({ child, turns, reward }) => [child, turns.length, reward])).toEqual(
      Array(4).fill(["yes it is", 1, 9]),
    );
    expect(prompts.map(({ turns }) => turns.length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("may change the prompts and the child's turns with which its scoring begins", async () => {
    type Changeable = { id: string; turns: { text: string }[] };
    const begin = (begun: readonly SamplePrompt[]): BatchScoring => {
      for (const one of begun as unknown as Changeable[]) {
        for (const turn of one.turns) turn.text = "changed";
        one.turns.length = 0;
        one.id = "changed";
      }
      const childTurns = (turns: readonly string[]): void => (turns as string[]).fill("changed") && undefined;
      return { childTurns, score: async (given) => given.map(() => ({ reward: 3 })) };
    };
    const before = structuredClone(prompts);
    const { samples } = await collectRollout(parts(reward(giving(null), { begin })), 1);
    expect(samples.map(({ child, turns }) => [child, turns.length])).toEqual(Array(4).fill(["yes it is", 1]));
    expect(prompts).toEqual(before);
  });

  it("leaves the prompts as they are when a program changes the record of a sample", async () => {
    const before = structuredClone(prompts);
    const { samples } = await collectRollout(parts(lengthReward), 1);
    for (const sample of samples) {
      const { turns } = sampleRecord(1, sample);
      for (const turn of turns as unknown as { text: string }[]) turn.text = "changed";
    }
    expect(prompts).toEqual(before);
  });

  it("may begin asynchronously, and ends the step when that fails", async () => {
    const scoring = { childTurns: async () => {}, score: giving({ reward: 3 }) };
    const { samples } = await collectRollout(parts(reward(giving(null), { begin: async () => scoring })), 1);
    expect(samples.map((sample) => sample.reward)).toEqual([3, 3, 3, 3]);
    const failing = (begin: unknown) => collectRollout(parts(reward(giving(null), { begin })), 1);
    await expect(failing(async () => Promise.reject(new Error("no server")))).rejects.toThrow("no server");
    await expect(failing(() => 5)).rejects.toThrow(
      "the reward's begin gave 5, expected an object with the functions childTurns and score",
    );
    const late = { ...scoring, childTurns: async () => Promise.reject(new Error("gone")) };
    await expect(failing(() => late)).rejects.toThrow("gone");
  });
});

describe("a rollout that waits on others", () => {
  const never = <T>(): Promise<T> => new Promise<T>(() => {});

  it("ends when a reward takes too long, also one that ignores its signal", async () => {
    let ended: AbortSignal | undefined;
    const reward: Reward = {
      name: "own",
      score: (_, signal) => {
        ended = signal;
        return never();
      },
    };
    await expect(collectRollout(parts(reward, { rewardTimeout: 0.02 }), 1)).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      message: "the reward gave no result within 0.02 s (--reward-timeout)",
    });
    expect(ended?.aborted).toBe(true);
  });

  it("ends at once when it is aborted, though the reward goes on", async () => {
    const controller = new AbortController();
    const reward: Reward = { name: "own", score: never };
    setTimeout(() => controller.abort(new Error("enough")), 10);
    await expect(collectRollout(parts(reward), 1, controller.signal)).rejects.toMatchObject({
      code: "ERR_ABORTED",
      cause: expect.objectContaining({ message: "enough" }),
    });
  });

  it("ends when the teacher takes too long; the child's time does not count", async () => {
    const wait = (signal: AbortSignal | undefined): Promise<never> =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    const teacher = speaker(["well yes"]);
    const slow = { ...teacher, model: Object.create(teacher.model) };
    slow.model.generate = ({ signal }: { signal?: AbortSignal }) => wait(signal);
    const child = speaker(["yes it is"]);
    const slowChild = { ...child, model: Object.create(child.model) };
    slowChild.model.generate = async (options: object) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return child.model.generate(options as never);
    };
    const exchange = new Exchange(slowChild, slow, { maxNewTokens: 20 });
    await expect(
      collectRollout(parts(lengthReward, { exchange, teacherTimeout: 0.03 }), 1),
    ).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringMatching(/^the teacher gave no result within 0.03 s/),
    });
  });

  it.each([
    ["no object", [null, undefined, 3, "x"], /gave (null|undefined|3|x) for a sample/],
    ["a number that is not finite", [{ reward: Number.NaN }], /gave NaN, expected a finite number/],
  ])("counts %s from a reward as a failure of the sample", async (_, results, message) => {
    const reward: Reward = {
      name: "own",
      score: async (samples) => samples.map((_, at) => results[at % results.length]) as never,
    };
    const run = collectRollout(parts(reward, { failurePolicy: "fail" }), 1);
    await expect(run).rejects.toMatchObject({ code: "ERR_DATA", message: expect.stringMatching(message) });
  });
});
