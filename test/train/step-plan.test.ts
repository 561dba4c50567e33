import { expect, it } from "vitest";
import { planSteps } from "../../lib/train/step-plan.ts";

it("plans steps and checkpoints", () => {
  expect(planSteps(100, { batchSize: 8, epochs: 2 })).toMatchObject({
    stepsPerEpoch: 12,
    totalSteps: 24,
    checkpointInterval: 2,
  });
  expect(planSteps(100, { batchSize: 8, steps: 5 })).toMatchObject({ totalSteps: 5, checkpointInterval: 1 });
});
