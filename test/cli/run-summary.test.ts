import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runSummary } from "../../lib/cli/run-summary.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-summary-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the summary after a resume for the last step, of a run whose log has these rewards and KLs. */
function summarize(
  steps: readonly (readonly [reward: number, kl: number])[],
  width = 200,
  { best, heldOut = 0 }: { readonly best?: number; readonly heldOut?: number } = {},
): string {
  const lines = steps.map(([reward, kl], index) =>
    JSON.stringify({
      step: index + 1,
      time: "2026-01-01T00:00:00.000Z",
      stats: { "env/reward_mean": reward, "objective/kl": kl, "dppo/child_words_mean": 10 },
    }),
  );
  writeFileSync(path.join(folder, "training_log.jsonl"), `${lines.join("\n")}\n`);
  const count = steps.length;
  const figures = { reward: 0.5, kl: 1, perplexity: 20, words: 10 };
  const result = {
    outputDir: folder,
    checkpoint: `${folder}/checkpoint-step-${count}`,
    steps: count,
    ...(best !== undefined && {
      selection: {
        best: { step: best, ...figures },
        before: figures,
        limits: { kl: 20, perplexity: 1.2, length: 1.5 },
        evaluations: 2,
        withoutBetter: 0,
        reason: "it has the highest held-out reward",
        checkpoint: `${folder}/checkpoint-step-${best}`,
      },
    }),
  };
  const plan = {
    outputDir: folder,
    done: count - 1,
    totalSteps: count,
    lastStep: count,
    checkpointInterval: 1,
    heldOut,
  };
  return runSummary(result, plan, width).join("\n");
}

it("summarizes the whole run, including the steps before a resume", () => {
  const steps = Array.from({ length: 20 }, (_, at) => [at < 2 ? 0.1 : 0.5, at < 2 ? 0 : 2] as const);
  const text = summarize(steps);
  expect(text).toMatch(/^reward +0\.100 -> 0\.500 .*; first and last 2 steps\)$/m);
  expect(text).toMatch(/^KL +0\.000 -> 2\.000 .*in nats per turn; first and last 2 steps\)$/m);
  expect(text).not.toContain("less than 0");
});

it("shows zero without a sign and explains a KL below zero", () => {
  expect(
    summarize([
      [0.1, -0.0001],
      [-0.0002, 0.1],
    ]),
  ).toMatch(/^reward +0\.100 -> 0\.000 .*\nKL +0\.000 -> 0\.100 .*first and last step\)$/m);
  expect(
    summarize([
      [0.1, 0],
      [0.1, -0.2],
    ]),
  ).toMatch(/^KL +0\.000 -> -0\.200 .*estimated from few turns, which can give less than 0/m);
});

it("shows single values after one step", () => {
  const text = summarize([[0.25, 0.01]]);
  expect(text).toMatch(/^reward +0\.250 {3}\(child minus teacher score\)$/m);
});

it("ends with a verdict and fits the terminal without cutting words", () => {
  const steps = Array.from({ length: 30 }, (_, at) => [at < 15 ? 0.1 : 0.5, at < 15 ? 0 : -0.2] as const);
  const text = summarize(steps, 80);
  const joined = text.replace(/\s+/g, " ");
  expect(joined).toMatch(
    /verdict: On the training dialogues the reward rose clearly .* nats per turn\. next:/,
  );
  expect(joined).toContain("estimated from few turns, which can give less than 0");
  const lines = text.split("\n").filter((line) => !/npx|checkpoint/.test(line));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

it("proposes to evaluate the best checkpoint if it is not the newest", () => {
  const steps = Array.from({ length: 4 }, () => [0.1, 0] as const);
  const evaluated = (best?: number) =>
    /evaluate --run \S+( --checkpoint \d+)? /.exec(
      summarize(steps, 200, { heldOut: 8, ...(best !== undefined && { best }) }),
    )?.[1];
  expect(evaluated(2)).toBe(" --checkpoint 2");
  expect(evaluated(4)).toBeUndefined();
  expect(evaluated()).toBeUndefined();
});
