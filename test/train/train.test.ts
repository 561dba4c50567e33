import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { DialoguePpoError } from "../../lib/errors.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import type { Sample } from "../../lib/sample.ts";
import type { TrainStep } from "../../lib/train/loop.ts";
import { type TrainInput, type TrainOptions, type TrainResult, train } from "../../lib/train/train.ts";
import { expectTrueDescription } from "../golden/saved-folder.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

let project: TinyProject;

async function collect(
  input: TrainInput,
  options: TrainOptions = {},
): Promise<{ steps: TrainStep[]; result: TrainResult }> {
  const run = train(input, options);
  const steps: TrainStep[] = [];
  for (;;) {
    const next = await run.next();
    if (next.done) return { steps, result: next.value };
    steps.push(next.value);
  }
}

const failure = (run: Promise<unknown>): Promise<DialoguePpoError | undefined> =>
  run.then(
    () => undefined,
    (error: DialoguePpoError) => error,
  );

beforeAll(async () => {
  project = await tinyProject();
});

// The names of the scalars that TRL 0.11.4's `PPOTrainer.step` returns.
const TRL_NAMES = [
  "objective/kl",
  "objective/kl_coef",
  "objective/entropy",
  "ppo/mean_non_score_reward",
  "ppo/mean_scores",
  "ppo/std_scores",
  "tokens/queries_len_mean",
  "tokens/queries_len_std",
  "tokens/responses_len_mean",
  "tokens/responses_len_std",
  "ppo/loss/policy",
  "ppo/loss/value",
  "ppo/loss/total",
  "ppo/policy/entropy",
  "ppo/policy/approxkl",
  "ppo/policy/policykl",
  "ppo/policy/clipfrac",
  "ppo/policy/advantages_mean",
  "ppo/returns/mean",
  "ppo/returns/var",
  "ppo/val/vpred",
  "ppo/val/error",
  "ppo/val/clipfrac",
  "ppo/val/mean",
  "ppo/val/var",
  "ppo/val/var_explained",
  "ppo/learning_rate",
  "env/reward_mean",
  "env/reward_std",
];

describe("a run", () => {
  let steps: TrainStep[];
  let result: TrainResult;

  beforeAll(async () => {
    ({ steps, result } = await collect(tinyRun(project, "plain", { steps: 3, checkpointInterval: 2 })));
  });

  it("logs finite statistics under TRL's names", () => {
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3]);
    for (const { stats } of steps) {
      for (const name of TRL_NAMES) expect(Number.isFinite(stats[name]), name).toBe(true);
    }
  });

  it("has a KL of zero at first and then another: the reference is a copy, not the child itself", () => {
    expect(Math.abs(steps[0]?.stats["objective/kl"] ?? 1)).toBeLessThan(1e-6);
    expect(Math.abs(steps[2]?.stats["objective/kl"] ?? 0)).toBeGreaterThan(1e-6);
  });

  it("computes the reward as the child's score minus the teacher's", () => {
    for (const { stats } of steps) {
      const difference = (stats["dppo/child_score_mean"] ?? 0) - (stats["dppo/teacher_score_mean"] ?? 0);
      expect(stats["env/reward_mean"]).toBeCloseTo(difference, 12);
    }
  });

  it("writes a checkpoint at each interval and at the end, whose child can be loaded as a model", async () => {
    expect(result).toMatchObject({
      steps: 3,
      checkpoint: path.join(project.root, "plain", "checkpoint-step-3"),
    });
    expect(existsSync(path.join(project.root, "plain", "checkpoint-step-2"))).toBe(true);
    const folder = path.join(result.checkpoint, "child_model");
    expectTrueDescription(folder, "float32");
    expectTrueDescription(path.join(project.root, "plain", "reference"), "float32");
    const [before, after] = [await LanguageModel.load(project.child), await LanguageModel.load(folder)];
    const tokenizer = await Tokenizer.load(folder);
    const ids = tokenizer.encode("A:: the dog\nB::");
    const [[first], [second]] = [await before.logits([ids]), await after.logits([ids])];
    expect(first?.length).toBe(second?.length);
    expect([...(second ?? [])]).not.toEqual([...(first ?? [])]);
    await before.dispose();
    await after.dispose();
  });

  it("records data, models, versions and settings", () => {
    const info = JSON.parse(readFileSync(path.join(result.checkpoint, "training_info.json"), "utf8"));
    expect(info).toMatchObject({ step: 3, epoch: 0, seed: 0, threads: 1, retries: 0 });
    expect(info.dataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(info.modelHashes.child).toMatch(/^[0-9a-f]{64}$/);
    expect(info.stats["objective/kl"]).toBe(steps[2]?.stats["objective/kl"]);
  });

  it("writes the log as lines and, at the end, as one array", () => {
    const root = path.join(project.root, "plain");
    const lines = readFileSync(path.join(root, "training_log.jsonl"), "utf8").trimEnd().split("\n");
    expect(JSON.parse(readFileSync(path.join(root, "training_log.json"), "utf8"))).toEqual(
      lines.map((line) => JSON.parse(line)),
    );
  });
});

describe("a custom reward", () => {
  it("gets every sample and replaces the TAACO reward; it may be asynchronous", async () => {
    const seen: Sample[] = [];
    const reward = async (samples: readonly Sample[]): Promise<Float32Array> => {
      seen.push(...samples);
      return Float32Array.from(samples, ({ child }) => child.length);
    };
    const { steps } = await collect(tinyRun(project, "custom", { steps: 1 }), { reward });
    expect(seen).toHaveLength(4);
    expect(seen[0]).toMatchObject({ id: expect.stringMatching(/^d\d+$/), human: expect.any(String) });
    expect(seen[0]?.prompt.endsWith("::")).toBe(true);
    const mean = seen.reduce((sum, { child }) => sum + child.length, 0) / 4;
    expect(steps[0]?.stats["env/reward_mean"]).toBeCloseTo(mean, 5);
  });

  it("drops the sample when its number is not finite, and the next dialogue replaces it", async () => {
    let calls = 0;
    const reward = (samples: readonly Sample[]): number[] => {
      calls += 1;
      return samples.map((_, index) => (calls === 1 && index === 0 ? Number.NaN : 1));
    };
    const { steps, result } = await collect(tinyRun(project, "dropping", { steps: 1 }), { reward });
    expect(calls).toBe(2);
    expect(steps[0]?.stats["dppo/dropped"]).toBe(1);
    expect(steps[0]?.samples).toHaveLength(4);
    const info = JSON.parse(readFileSync(path.join(result.checkpoint, "training_info.json"), "utf8"));
    expect(info.retries).toBe(1);
  });

  it("counts as 0 under policy zero and ends the run under policy fail when its number is not finite", async () => {
    const reward = (samples: readonly Sample[]): number[] => samples.map(() => Number.NaN);
    const zero = tinyRun(project, "zero", { steps: 1, failurePolicy: "zero" });
    expect((await collect(zero, { reward })).steps[0]?.stats["env/reward_mean"]).toBe(0);
    const fail = tinyRun(project, "fail", { steps: 1, failurePolicy: "fail" });
    expect((await failure(collect(fail, { reward })))?.message).toMatch(
      /^d\d+: the reward function gave NaN/,
    );
  });

  it("gives an error, not an endless loop, when no batch can be filled", async () => {
    const reward = (samples: readonly Sample[]): number[] => samples.map(() => Number.NaN);
    const error = await failure(collect(tinyRun(project, "never", { steps: 1 }), { reward }));
    expect(error?.message).toMatch(/step 1: no batch of 4 could be filled/);
  });

  it("is refused when it returns too few numbers", async () => {
    const error = await failure(collect(tinyRun(project, "few", { steps: 1 }), { reward: () => [1] }));
    expect(error).toMatchObject({
      code: "ERR_CONFIG",
      message: "the reward function gave 1 reward for 4 samples",
    });
  });
});

describe("a run whose folder is replaced by another run", () => {
  it("ends, leaves the other run as it is, and can be resumed where its folder lies now", async () => {
    const input = tinyRun(project, "replaced", { steps: 4, checkpointInterval: 1 });
    const folder = path.resolve(input.outputDir as string);
    const reward = (samples: readonly Sample[]): number[] => samples.map(() => 0.5);
    const run = train(input, { reward });
    await run.next();
    renameSync(folder, `${folder}-moved`);
    cpSync(`${folder}-moved`, folder, { recursive: true });
    rmSync(path.join(folder, "lock.json"));
    const before = readdirSync(folder, { recursive: true }).toSorted();
    const error = await failure(run.next());
    expect(error).toMatchObject({ code: "ERR_IO", message: expect.stringContaining("was moved, removed") });
    expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(before);
    // The lock that was moved counts as held as long as this process lives.
    rmSync(path.join(`${folder}-moved`, "lock.json"));
    const { outputDir: _, ...rest } = input;
    const resumed = await collect({ ...rest, resume: `${folder}-moved` }, { reward });
    expect(resumed.result.steps).toBe(4);
  });
});

describe("a run whose files are removed under it", () => {
  const reward = (samples: readonly Sample[]): number[] => samples.map(() => 0.5);
  const rows = (file: string): { step: number }[] =>
    readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  /** Removes files after step 2 of 4 and returns the warnings about it. */
  async function warningsOf(name: string, removed: (folder: string) => string[]): Promise<string[]> {
    const input = tinyRun(project, name, { steps: 4, checkpointInterval: 1 });
    const folder = path.resolve(input.outputDir as string);
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
    for await (const { step } of train(input, { reward, log })) {
      if (step !== 2) continue;
      for (const file of removed(folder)) rmSync(path.join(folder, file), { recursive: true });
    }
    return warnings.filter((warning) => warning.includes("removed"));
  }

  it("goes on and says once which files are gone and what that means", async () => {
    const folder = path.join(project.root, "emptied");
    const warnings = await warningsOf("emptied", readdirSync);
    expect(warnings).toEqual([
      `files in ${folder} were removed during the run, which goes on: ` +
        "the steps up to 2 are lost from training_log.jsonl and samples.jsonl; " +
        "only a resumed run writes config.json and tensorboard again; " +
        "without manifest.json and reference, train --resume and evaluate will refuse the run",
    ]);
    expect(rows(path.join(folder, "training_log.jsonl")).map(({ step }) => step)).toEqual([3, 4]);
    const resumed = await failure(collect({ resume: folder, steps: 5 }, { reward }));
    expect(resumed?.message).toContain("manifest.json is missing");
  });

  it("names only the file that is gone, and none if only a checkpoint is", async () => {
    const [warning, ...more] = await warningsOf("one-gone", () => ["training_log.jsonl"]);
    expect(warning).toMatch(/goes on: the steps up to 2 are lost from training_log\.jsonl$/);
    expect(more).toEqual([]);
    expect(await warningsOf("old-checkpoint", () => ["checkpoint-step-1"])).toEqual([]);
  });
});

describe("a reward that fails in the middle of a run", () => {
  it("costs no step that was done: the run goes on as if it had not failed", async () => {
    let failing = true;
    let calls = 0;
    const reward = (samples: readonly Sample[]): number[] => {
      calls += 1;
      if (failing && calls === 3) throw new Error("the server is down");
      return samples.map(({ child }) => child.length);
    };
    const input = tinyRun(project, "down", { steps: 4, checkpointInterval: 4 });
    const error = await failure(collect(input, { reward }));
    expect(error?.message).toBe("the server is down");
    failing = false;
    const outputDir = input.outputDir as string;
    const resumed = await collect({ resume: outputDir }, { reward });
    expect(resumed.steps.map(({ step }) => step)).toEqual([3, 4]);
    const straight = await collect(tinyRun(project, "up", { steps: 4, checkpointInterval: 4 }), { reward });
    const weights = (checkpoint: string) =>
      readFileSync(path.join(checkpoint, "child_model/model.safetensors"));
    expect(weights(resumed.result.checkpoint).equals(weights(straight.result.checkpoint))).toBe(true);
  });
});

describe("stopping", () => {
  it("an abort ends the run at once with the signal's reason as cause", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const run = train(tinyRun(project, "aborted", { steps: 5 }), { signal: controller.signal });
    await run.next();
    controller.abort(reason);
    const error = await failure(run.next());
    expect(error).toMatchObject({ code: "ERR_ABORTED", name: "AbortError", cause: reason });
  });

  it("a stop saves the current step, from which the run can be resumed", async () => {
    const controller = new AbortController();
    const input = tinyRun(project, "stopped", { steps: 4, checkpointInterval: 4 });
    const run = train(input, { stop: controller.signal });
    await run.next();
    controller.abort();
    expect((await run.next()).value).toMatchObject({ steps: 1 });
    const { steps } = await collect({ outputDir: input.outputDir as string, resume: true });
    expect(steps.map(({ step }) => step)).toEqual([2, 3, 4]);
  });
});
