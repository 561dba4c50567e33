import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { estimateRun } from "../../lib/train/estimate.ts";

const { config } = resolveConfig({ flags: { child: "x", batchSize: 8, miniBatchSize: 4 } });
const MB = 1e6;

const input = {
  config,
  totalSteps: 10,
  checkpointInterval: 5,
  childBytes: 100 * MB,
  teacherBytes: 400 * MB,
  vocabSize: 1000,
  longestTokens: 50,
  samples: 2,
  rolloutSeconds: 1,
  updateSeconds: 0.5,
  residentBytes: 700 * MB,
};

describe("the estimate of a run", () => {
  it("scales the time of two samples to the batch and the steps", () => {
    // 10 steps of 8 samples, where 2 took 1.5 s
    expect(estimateRun(input).seconds).toBe(60);
    expect(estimateRun({ ...input, totalSteps: 20 }).seconds).toBe(120);
  });

  it("adds gradients, two Adam moments and the logits of a minibatch to the memory in use", () => {
    // three copies of the child; logits, gradient and softmax of 4 x 50 x 1000 float32
    expect(estimateRun(input).bytes).toBe(700 * MB + 300 * MB + 3 * 4 * 50 * 1000 * 4);
  });

  it("counts one child per checkpoint, the reference, and the optimizer's moments of two checkpoints", () => {
    expect(estimateRun(input).diskBytes).toBe((2 + 1) * 100 * MB + 2 * 2 * 100 * MB);
  });
});
