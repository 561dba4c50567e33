import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { estimateRun } from "../../lib/train/estimate.ts";
import { trialSamples } from "../../lib/train/trial.ts";

const { config } = resolveConfig({ flags: { child: "x", batchSize: 8, miniBatchSize: 4 } });
const MB = 1e6;

const input = {
  config,
  totalSteps: 10,
  checkpointInterval: 5,
  childBytes: 100 * MB,
  longestTokens: 60,
  trial: { samples: 2, longestTokens: 40, seconds: 1.5, bytesBefore: 700 * MB, bytesAfter: 1200 * MB },
};

describe("the estimate of a run", () => {
  it("scales the time of the samples to the batch and the steps", () => {
    // 10 steps of 8 samples, where 2 took 1.5 s
    expect(estimateRun(input).seconds).toBe(60);
    expect(estimateRun({ ...input, totalSteps: 20 }).seconds).toBe(120);
  });

  it("scales the memory of a minibatch to the longest prompt", () => {
    // Of 500 MB, reference and two Adam moments take 300 MB; the minibatch of 40 tokens took 200 MB with its gradients.
    expect(estimateRun(input).bytes).toBe(1300 * MB);
    // The trial already had the longest prompt.
    const longest = { ...input.trial, longestTokens: 60 };
    expect(estimateRun({ ...input, trial: longest }).bytes).toBe(1200 * MB);
    // The peak was reached before, so nothing is known of the minibatch.
    const early = { ...input.trial, bytesBefore: 1100 * MB };
    expect(estimateRun({ ...input, trial: early }).bytes).toBe(1200 * MB);
  });

  it("tries the batch, or about 16 samples in whole groups of minibatches", () => {
    const samples = (batchSize: number, miniBatchSize: number, gradientAccumulationSteps = 1): number =>
      trialSamples({ batchSize, miniBatchSize, gradientAccumulationSteps });
    expect([samples(8, 4), samples(16, 16), samples(64, 4), samples(60, 5, 2), samples(64, 32)]).toEqual([
      8, 16, 16, 10, 32,
    ]);
  });

  it("counts one child per checkpoint, the reference, and the optimizer's moments of two checkpoints", () => {
    expect(estimateRun(input).diskBytes).toBe((2 + 1) * 100 * MB + 2 * 2 * 100 * MB);
  });
});
