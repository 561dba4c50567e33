import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { type PpoBatch, type PpoOptions, PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { within } from "../golden/compare.ts";
import { readTensors } from "../golden/safetensors.ts";
import { caseNames, policyFolder, readCase, runCase, toBatch } from "./ppo-case.ts";

/** Returns rows of token ids in a fixed pattern. */
const rows = (count: number, length: number, salt: number): Int32Array[] =>
  Array.from({ length: count }, (_, i) =>
    Int32Array.from({ length }, (_, t) => 3 + ((7 * i + 5 * t + salt + i * t) % 20)),
  );

const batch = (count: number, salt = 0): PpoBatch => ({
  queries: rows(count, 4, salt),
  responses: rows(count, 5, salt + 3),
  scores: Float32Array.from({ length: count }, (_, i) => Math.sin(i + salt)),
});

async function makeTrainer(options: PpoOptions) {
  const child = await LanguageModel.load(policyFolder("opt"), { trainable: true, valueHead: true });
  const trainer = await PpoTrainer.create(child, { learningRate: 1e-3, ...options });
  return { child, trainer, dispose: () => Promise.all([trainer.dispose(), child.dispose()]) };
}

async function savedWeights(child: LanguageModel): Promise<Map<string, Float32Array>> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-weights-"));
  await child.save(directory);
  const all = new Map([
    ...readTensors(path.join(directory, "model.safetensors")),
    ...readTensors(path.join(directory, "value_head.safetensors")),
  ]);
  rmSync(directory, { recursive: true });
  return all;
}

/** Returns the largest difference of two sets of weights. It skips k_proj.bias, whose gradient is rounding noise. */
function largestDifference(a: Map<string, Float32Array>, b: Map<string, Float32Array>): number {
  let worst = 0;
  for (const [name, values] of a) {
    if (name.endsWith("k_proj.bias")) continue;
    const others = b.get(name);
    values.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - (others?.[i] ?? Number.POSITIVE_INFINITY)));
    });
  }
  return worst;
}

const withoutTimes = (stats: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(stats).filter(([name]) => !name.startsWith("time/")));

describe("PpoTrainer.step", () => {
  it("has a ratio of exactly 1 in the first minibatch", async () => {
    const { trainer, dispose } = await makeTrainer({ batchSize: 4, miniBatchSize: 4, ppoEpochs: 1 });
    const result = await trainer.step({ ...batch(4), permutations: [[0, 1, 2, 3]] });
    const counted = [...(result.arrays["ppo/policy/ratio"] ?? [])].filter((ratio) => ratio !== 0);
    expect(counted.length).toBe(4 * 5);
    expect(new Set(counted)).toEqual(new Set([1]));
    expect(result.stats["ppo/policy/approxkl"]).toBe(0);
    await dispose();
  });

  it("has a ratio within 1e-5 of 1 in the first minibatch when the rows are in another order", async () => {
    const { trainer, dispose } = await makeTrainer({ batchSize: 4, miniBatchSize: 2, ppoEpochs: 1 });
    const result = await trainer.step({ ...batch(4), permutations: [[3, 1, 0, 2]] });
    const first = [...(result.arrays["ppo/policy/ratio"] ?? [])]
      .slice(0, 2 * 8)
      .filter((ratio) => ratio !== 0);
    within(
      "ratio of the first minibatch in another order",
      Math.max(...first.map((r) => Math.abs(r - 1))),
      1e-5,
    );
    await dispose();
  });

  it.each([
    {},
    { useScoreScaling: true, useScoreNorm: true },
    { whitenRewards: true },
    { klPenalty: "full" as const },
  ])("takes a batch with a single response token, whose advantage is 0 (%o)", async (options) => {
    const { child, trainer, dispose } = await makeTrainer({ batchSize: 1, miniBatchSize: 1, ...options });
    const one = {
      queries: [Int32Array.of(2, 5, 9)],
      responses: [Int32Array.of(7)],
      scores: Float32Array.of(0.5),
    };
    const { stats } = await trainer.step(one);
    expect(stats["ppo/policy/advantages_mean"]).toBe(0);
    expect(stats["ppo/loss/policy"]).toBeCloseTo(0, 12);
    expect(Number.isFinite(stats["ppo/loss/value"])).toBe(true);
    const weights = [...(await savedWeights(child)).values()];
    expect(weights.every((values) => values.every(Number.isFinite))).toBe(true);
    expect(Number.isFinite((await trainer.step(one)).stats["ppo/loss/total"])).toBe(true);
    await dispose();
  });

  it("gives the same weights for four accumulated minibatches of two as for one of eight", async () => {
    const weights = [];
    for (const options of [
      { miniBatchSize: 2, gradientAccumulationSteps: 4 },
      { miniBatchSize: 8, gradientAccumulationSteps: 1 },
      { miniBatchSize: 2, gradientAccumulationSteps: 1 },
    ]) {
      const { child, trainer, dispose } = await makeTrainer({
        batchSize: 8,
        ppoEpochs: 1,
        eps: 1e-4,
        ...options,
      });
      await trainer.step(batch(8));
      weights.push(await savedWeights(child));
      await dispose();
    }
    const [accumulated, whole, separate] = weights;
    if (!accumulated || !whole || !separate) throw new Error("three runs are expected");
    within("accumulation 4x2 against 1x8, weights", largestDifference(accumulated, whole), 1e-5);
    expect(largestDifference(separate, whole)).toBeGreaterThan(1e-4);
  });

  it("computes log-probabilities of a row that do not depend on its batch", async () => {
    const model = await LanguageModel.load(policyFolder("llama"));
    const all = [...rows(7, 9, 1), Int32Array.of(5, 6)];
    const together = await model.logProbs(all);
    let worst = 0;
    for (const [i, row] of all.entries()) {
      const [alone] = await model.logProbs([row]);
      alone?.forEach((value, t) => {
        worst = Math.max(worst, Math.abs(value - (together[i]?.[t] ?? Number.NaN)));
      });
    }
    within("log-probabilities, batch 1 against 8", worst, 2e-5);
    await model.dispose();
  });

  it("has a KL divergence of zero when the child is its own reference, also after updates", async () => {
    const child = await LanguageModel.load(policyFolder("opt"), { trainable: true, valueHead: true });
    const trainer = await PpoTrainer.create(child, { batchSize: 2, miniBatchSize: 2, reference: child });
    for (let step = 0; step < 2; ++step) {
      expect((await trainer.step(batch(2, step))).stats["objective/kl"]).toBe(0);
    }
    await Promise.all([trainer.dispose(), child.dispose()]);
  });

  it("returns vectors that are zero outside the response", async () => {
    const { trainer, dispose } = await makeTrainer({ batchSize: 2, miniBatchSize: 2, ppoEpochs: 1 });
    const { arrays } = await trainer.step(batch(2));
    const outside = [0, 1, 2, 8, 9, 10]; // the three query positions of two rows of length 8
    for (const name of [
      "objective/logprobs",
      "objective/ref_logprobs",
      "ppo/policy/ratio",
      "ppo/policy/advantages",
    ]) {
      expect(arrays[name]?.length, name).toBe(16);
      expect(outside.every((at) => arrays[name]?.[at] === 0)).toBe(true);
    }
    await dispose();
  });
});

describe("PpoTrainer without trlParity", () => {
  const DIFFERS = ["whiten_rewards", "gpt2_policy_masks", "ratio_threshold", "clip_once"];

  it.each(caseNames)("%s: differs from the parity mode only in the cases it should change", async (name) => {
    const golden = readCase(name);
    const parity = await runCase(golden);
    const standard = await runCase(golden, { trlParity: false, clipOnce: false });
    const same =
      JSON.stringify(parity.results.map((r) => withoutTimes(r.stats))) ===
      JSON.stringify(standard.results.map((r) => withoutTimes(r.stats)));
    expect(same).toBe(!DIFFERS.includes(name));
  });

  it("skips minibatches above the ratio threshold and counts them", async () => {
    const golden = readCase("ratio_threshold");
    const { results } = await runCase(golden, { trlParity: false });
    const skipped = results.map((result) => result.stats["dppo/skipped_minibatches"] ?? 0);
    expect(Math.max(...skipped)).toBeGreaterThan(0);
    results.forEach((result, i) => {
      // Two minibatches per epoch and three epochs. A skipped minibatch makes no optimizer step.
      expect(result.gradientNorms.length).toBe(6 - (skipped[i] ?? 0));
      expect(result.gradientNorms.every((norm) => norm > 0)).toBe(true);
    });
  });
});

describe("PpoTrainer.saveState and loadState", () => {
  const options: PpoOptions = {
    batchSize: 4,
    miniBatchSize: 2,
    ppoEpochs: 2,
    useScoreScaling: true,
    useScoreNorm: true,
    lrSchedule: "cosine",
    totalSteps: 6,
    horizon: 50,
  };

  it("continue a run bit for bit", async () => {
    const whole = await makeTrainer(options);
    const uninterrupted = [];
    for (let step = 0; step < 4; ++step) uninterrupted.push(await whole.trainer.step(batch(4, step)));
    const expected = await savedWeights(whole.child);
    await whole.dispose();

    const first = await makeTrainer(options);
    const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-resume-"));
    for (let step = 0; step < 2; ++step) await first.trainer.step(batch(4, step));
    await first.child.save(directory);
    await first.trainer.saveState(directory);
    await first.dispose();

    const child = await LanguageModel.load(directory, { trainable: true, valueHead: true });
    const reference = await LanguageModel.load(policyFolder("opt"));
    const trainer = await PpoTrainer.create(child, { learningRate: 1e-3, ...options, reference, seed: 0 });
    await trainer.loadState(directory);
    for (let step = 2; step < 4; ++step) {
      const result = await trainer.step(batch(4, step));
      expect(withoutTimes(result.stats)).toEqual(withoutTimes(uninterrupted[step]?.stats ?? {}));
      expect(result.gradientNorms).toEqual(uninterrupted[step]?.gradientNorms);
      expect(result.klCoef).toBe(uninterrupted[step]?.klCoef);
    }
    expect(await savedWeights(child)).toEqual(expected);
    rmSync(directory, { recursive: true });
    await Promise.all([trainer.dispose(), child.dispose(), reference.dispose()]);
  });

  it("give identical runs for the same seed, and different runs for another seed", async () => {
    const finals = [];
    for (const seed of [1, 1, 2]) {
      const { child, trainer, dispose } = await makeTrainer({ ...options, seed });
      await trainer.step(batch(4));
      finals.push(await savedWeights(child));
      await dispose();
    }
    expect(finals[1]).toEqual(finals[0]);
    expect(finals[2]).not.toEqual(finals[0]);
  });

  it("recover a trainer that was aborted after its first update; an earlier abort changes nothing", async () => {
    const { trainer, child, dispose } = await makeTrainer({ ...options, ppoEpochs: 4 });
    const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-abort-"));
    await trainer.saveState(directory);
    const before = await savedWeights(child);
    const aborted = trainer.step({ ...batch(4), signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(await savedWeights(child)).toEqual(before);

    // The abort comes after the first minibatch, but it reaches the engine some minibatches later or after the step.
    const controller = new AbortController();
    const wide = { ...batch(4), onProgress: () => controller.abort(), signal: controller.signal };
    const outcome = await trainer.step(wide).catch((error: DialoguePpoError) => error);
    if (outcome instanceof DialoguePpoError) {
      expect(outcome.code).toBe("ERR_ABORTED");
      await expect(trainer.step(batch(4))).rejects.toMatchObject({ code: "ERR_CONFIG" });
      await expect(trainer.saveState(directory)).rejects.toMatchObject({ code: "ERR_CONFIG" });
    }
    await trainer.loadState(directory);
    expect((await trainer.step(batch(4))).gradientNorms.length).toBe(8);
    rmSync(directory, { recursive: true });
    await dispose();
  });
});

describe("batches", () => {
  it("are refused with the number of the invalid sample, and leave the trainer usable", async () => {
    const { trainer, dispose } = await makeTrainer({ batchSize: 2, miniBatchSize: 2, ppoEpochs: 1 });
    const good = batch(2);
    const one = Int32Array.of(5);
    const cases: [Partial<PpoBatch>, RegExp][] = [
      [{ queries: [one] }, /batchSize = 2/],
      [{ scores: Float32Array.of(1) }, /batchSize = 2/],
      [{ queries: [one, new Int32Array(0)] }, /sample 1: the query is empty/],
      [{ responses: [new Int32Array(0), one] }, /sample 0: the response is empty/],
      [{ responses: [one, Int32Array.of(24)] }, /sample 1: the response holds the token id 24/],
      [{ responses: [new Int32Array(14).fill(5), one] }, /sample 0 has 18 tokens; the model has 16/],
      [{ scores: Float32Array.of(1, Number.NaN) }, /sample 1: the score is not finite/],
      [
        { responseMasks: [Uint8Array.of(1), Uint8Array.of(1)] },
        /mask 0: expected .* of 0 and 1 .* length of row 0, 5/,
      ],
      [
        { responseMasks: [new Uint8Array(5).fill(1), new Uint8Array(5).fill(2)] },
        /mask 1: expected .* of 0 and 1/,
      ],
      [{ responseMasks: [] }, /responseMasks: expected one Uint8Array a row, got 0 for 2 rows/],
      [
        { permutations: [5, 5] as unknown as number[][] },
        /permutations: order 0: expected a list of row numbers/,
      ],
      [{ permutations: [[0.5, 1]] }, /permutations: order 0: expected a list of row numbers/],
      [{ responseMasks: [new Uint8Array(5), new Uint8Array(5).fill(1)] }, /counts no token/],
      [{ permutations: [[0, 0]] }, /permutation/],
      [
        {
          permutations: [
            [0, 1],
            [1, 0],
          ],
        },
        /permutation/,
      ],
    ];
    for (const [change, message] of cases) {
      await expect(trainer.step({ ...good, ...change })).rejects.toMatchObject({
        code: "ERR_SHAPE",
        message: expect.stringMatching(message),
      });
    }
    expect((await trainer.step(good)).gradientNorms.length).toBe(1);
    await dispose();
  });

  it("of a golden case keep their response masks", () => {
    const step = readCase("response_masks").steps[0];
    if (!step) throw new Error("the case has steps");
    expect(toBatch(step).responseMasks?.length).toBe(4);
  });
});
