import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { policyFolder } from "../model/ppo-case.ts";

const failure = new Error("the listener failed");
const fail = (): never => {
  throw failure;
};
const prompts = [Int32Array.of(2, 5), Int32Array.of(2, 6, 7)];

describe("a listener that throws", () => {
  it("rejects the promise of generate with its error and ends the work", async () => {
    await using model = await LanguageModel.load(policyFolder("opt"));
    let calls = 0;
    const onToken = (): void => {
      calls += 1;
      if (calls === 3) fail();
    };
    const maxNewTokens = model.config.maxPositions - 3;
    await expect(model.generate({ prompts, maxNewTokens, eosTokenIds: [], onToken })).rejects.toBe(failure);
    expect(calls).toBe(3);
  });

  it("rejects when the last token's call throws, after the work itself has ended", async () => {
    await using model = await LanguageModel.load(policyFolder("opt"));
    const one = { prompts: [Int32Array.of(2)], maxNewTokens: 1, eosTokenIds: [] };
    await expect(model.generate({ ...one, onToken: fail })).rejects.toBe(failure);
  });

  it("rejects with the error of an asynchronous listener", async () => {
    await using model = await LanguageModel.load(policyFolder("opt"));
    const onToken = async (): Promise<void> => fail();
    const maxNewTokens = model.config.maxPositions - 3;
    await expect(model.generate({ prompts, maxNewTokens, eosTokenIds: [], onToken })).rejects.toBe(failure);
  });

  it("rejects with an error that comes after the work itself has ended, and awaits what is pending", async () => {
    await using model = await LanguageModel.load(policyFolder("opt"));
    const one = { prompts: [Int32Array.of(2)], maxNewTokens: 1, eosTokenIds: [] };
    const late = async (): Promise<void> => {
      await setTimeout(100);
      fail();
    };
    await expect(model.generate({ ...one, onToken: late })).rejects.toBe(failure);
    let written = 0;
    const onToken = async (): Promise<void> => {
      await setTimeout(50);
      written += 1;
    };
    await model.generate({ ...one, onToken });
    expect(written).toBe(1);
  });

  it("rejects whatever value is thrown, undefined included", async () => {
    await using model = await LanguageModel.load(policyFolder("opt"));
    const onToken = (): never => {
      throw undefined;
    };
    const result = model.generate({ prompts, maxNewTokens: 4, onToken }).then(
      () => "resolved",
      (error: unknown) => ["rejected", error],
    );
    expect(await result).toEqual(["rejected", undefined]);
  });

  it("rejects a PPO step, and the trainer then asks for a state", async () => {
    const child = await LanguageModel.load(policyFolder("opt"), { trainable: true, valueHead: true });
    const trainer = await PpoTrainer.create(child, { batchSize: 2, miniBatchSize: 1 });
    const batch = { queries: prompts, responses: prompts, scores: Float32Array.of(1, 0) };
    await expect(trainer.step({ ...batch, onProgress: fail })).rejects.toBe(failure);
    await trainer.dispose();
    await child.dispose();
  });
});
