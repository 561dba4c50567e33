// The gradient of the next-token loss in a PPO step, against that of LmTrainer, which is compared with transformers elsewhere.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { LmTrainer } from "../../lib/model/lm-trainer.ts";
import { type PpoBatch, PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { within } from "../golden/compare.ts";
import { policyFolder } from "./ppo-case.ts";

const PTX_ROWS = [Int32Array.of(2, 9, 4, 11, 7), Int32Array.of(2, 5, 6)];
const BATCH: PpoBatch = {
  queries: [Int32Array.of(4, 5, 6), Int32Array.of(7, 8)],
  responses: [Int32Array.of(9, 10), Int32Array.of(11, 12, 13)],
  scores: Float32Array.of(1, -0.5),
};

let child: LanguageModel;

beforeAll(async () => {
  child = await LanguageModel.load(policyFolder("opt"), { trainable: true, valueHead: true });
});
afterAll(() => child.dispose());

/** Takes one step of a single minibatch, at a rate that does not change float32 weights. */
async function step(ptxCoef: number, batch: PpoBatch = BATCH) {
  await using trainer = await PpoTrainer.create(child, {
    batchSize: 2,
    miniBatchSize: 2,
    ppoEpochs: 1,
    learningRate: 1e-30,
    ptxCoef,
  });
  return trainer.step({ ...batch, ...(ptxCoef > 0 && { ptxRows: PTX_ROWS }) });
}

describe("ptxCoef", () => {
  it("adds that many times the gradient of the mean next-token loss", async () => {
    const lm = await LmTrainer.create(child, { learningRate: 1e-30, dropout: 0, maxGradNorm: 0 });
    const own = await lm.step(PTX_ROWS);
    await lm.dispose();
    const [none = 0, once = 0, twice = 0] = await Promise.all(
      [0, 1, 2].map(async (coefficient) => (await step(coefficient)).gradientNorms[0]),
    );
    // |g + c h|^2 is quadratic in c, and its second difference is 2 |h|^2.
    const squared = (twice ** 2 - 2 * once ** 2 + none ** 2) / 2;
    within("ptx, gradient norm", Math.abs(Math.sqrt(squared) / own.gradientNorm - 1), 1e-4);
    const { stats } = await step(1);
    within("ptx, loss", Math.abs((stats["ppo/loss/ptx"] as number) / own.loss - 1), 1e-6);
    expect((await step(0)).stats).not.toHaveProperty("ppo/loss/ptx");
  });

  it("takes rows of their own for each minibatch of each epoch, in order", async () => {
    const lm = await LmTrainer.create(child, { learningRate: 1e-30, dropout: 0, maxGradNorm: 0 });
    const rows = [...PTX_ROWS, Int32Array.of(3, 8, 8), Int32Array.of(6, 13, 10, 4)];
    const own: { loss: number; gradientNorm: number }[] = [];
    for (const row of rows) own.push(await lm.step([row]));
    await lm.dispose();
    await using trainer = await PpoTrainer.create(child, {
      batchSize: 2,
      miniBatchSize: 1,
      ppoEpochs: 2,
      learningRate: 1e-30,
      ptxCoef: 1e6,
    });
    const { stats, gradientNorms } = await trainer.step({ ...BATCH, ptxRows: rows });
    const expected = own.reduce((sum, { loss }) => sum + loss, 0) / own.length;
    within("ptx, loss over epochs", Math.abs((stats["ppo/loss/ptx"] as number) / expected - 1), 1e-6);
    // With so large a coefficient, the gradient of each update is that of its text.
    const worst = own.map(({ gradientNorm }, at) =>
      Math.abs((gradientNorms[at] ?? 0) / 1e6 / gradientNorm - 1),
    );
    within("ptx, gradients over epochs", Math.max(...worst), 1e-4);
  });

  it("refuses rows that do not fit the minibatches", async () => {
    await using trainer = await PpoTrainer.create(child, {
      batchSize: 2,
      miniBatchSize: 1,
      ppoEpochs: 2,
      learningRate: 1e-30,
      ptxCoef: 1,
    });
    const [first] = PTX_ROWS as [Int32Array];
    await expect(trainer.step(BATCH)).rejects.toThrow("expected ptxRows for each of the 4 minibatches");
    await expect(trainer.step({ ...BATCH, ptxRows: [first, first] })).rejects.toThrow("got 2 rows");
    const withEmpty = [first, Int32Array.of(4), first, first];
    await expect(trainer.step({ ...BATCH, ptxRows: withEmpty })).rejects.toThrow(
      "ptxRows 1 has no token to predict",
    );
    await using without = await PpoTrainer.create(child, { batchSize: 2, miniBatchSize: 2 });
    await expect(without.step({ ...BATCH, ptxRows: PTX_ROWS })).rejects.toThrow("ptxCoef is 0");
  });
});
