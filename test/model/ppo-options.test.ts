import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { type PpoOptions, PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { policyFolder } from "./ppo-case.ts";

let child: LanguageModel;

beforeAll(async () => {
  child = await LanguageModel.load(policyFolder("opt"), { trainable: true, valueHead: true });
});

afterAll(() => child.dispose());

describe("PpoTrainer.create refuses", () => {
  const cases: [object, RegExp][] = [
    [{ learningrate: 1 }, /unknown option "learningrate"; did you mean "learningRate"\?/],
    [{ beta1: 0.5 }, /unknown option "beta1"/],
    [{ learningRate: 0 }, /^learningRate: expected a number above 0, got 0$/],
    [{ learningRate: Number.NaN }, /^learningRate: expected a number above 0, got NaN$/],
    [{ gamma: 1.5 }, /^gamma: expected a number of at least 0 and up to 1, got 1\.5$/],
    [{ ppoEpochs: 2.5 }, /^ppoEpochs: expected a whole number of at least 1, got 2\.5$/],
    [{ batchSize: "8" }, /^batchSize: expected a whole number of at least 1, got "8"$/],
    [{ earlyStopping: 1 }, /^earlyStopping: expected true or false, got 1$/],
    [{ padSide: "middle" }, /^padSide: expected one of right, left, got "middle"$/],
    [{ betas: [0.9, 1] }, /^betas: expected two numbers in \[0, 1\)$/],
    [
      { batchSize: 8, miniBatchSize: 2 ** 32, gradientAccumulationSteps: 2 ** 32 },
      /^miniBatchSize 4294967296: expected at most batchSize = 8$/,
    ],
    [
      { batchSize: 2 ** 32, miniBatchSize: 2 ** 32, gradientAccumulationSteps: 2 ** 32 },
      /^batchSize 4294967296: expected a multiple of miniBatchSize x gradientAccumulationSteps = 4294967296 x 4294967296$/,
    ],
    [
      { batchSize: 12, miniBatchSize: 3, gradientAccumulationSteps: 3 },
      /^batchSize 12: expected a multiple of miniBatchSize x gradientAccumulationSteps = 3 x 3$/,
    ],
    [{ betas: 0.9 }, /^betas: expected two numbers in \[0, 1\)$/],
  ];

  it.each(cases)("%o", async (options, message) => {
    await expect(PpoTrainer.create(child, options as PpoOptions)).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(message),
    });
  });
});

describe("PpoTrainer.create", () => {
  it("treats an undefined option as absent", async () => {
    const options = { batchSize: 2, miniBatchSize: 2, gamma: undefined, betas: undefined };
    const trainer = await PpoTrainer.create(child, options as unknown as PpoOptions);
    await trainer.dispose();
  });
});
