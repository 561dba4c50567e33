import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { readLogFile } from "../../lib/run/log-file.ts";
import type { StepLog } from "../../lib/run/records.ts";
import { hashTokenizer } from "../../lib/setup/models.ts";
import { type TrainInput, type TrainResult, train } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

let project: TinyProject;

async function finish(input: TrainInput): Promise<TrainResult> {
  const steps = train(input);
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
  }
}

/** Returns the log lines without times, throughput and memory. */
function figures(outputDir: string): { step: number; stats: StepLog["stats"] }[] {
  return readLogFile<StepLog>(path.join(outputDir, "training_log.jsonl"), silentLogger).map(
    ({ step, stats }) => ({
      step,
      stats: Object.fromEntries(
        Object.entries(stats).filter(([name]) => !/^time\/|per_second|memory/.test(name)),
      ),
    }),
  );
}

const bytes = (run: string, step: number, file: string): Buffer =>
  readFileSync(path.join(run, `checkpoint-step-${step}`, file));

beforeAll(async () => {
  project = await tinyProject();
});

describe("resume", () => {
  const steps = 6;

  it("N steps equal k steps and N - k more, bit for bit, in weights, optimizer and log", async () => {
    const options = { steps, ptxCoef: 0.1, targetWords: 3, useScoreScaling: false };
    const straight = tinyRun(project, "straight", options);
    const parted = tinyRun(project, "parted", options);
    await finish(straight);
    await finish({ ...parted, stopAfter: 2 });
    await finish({ outputDir: parted.outputDir as string, resume: true, stopAfter: 1 });
    await finish({ outputDir: parted.outputDir as string, resume: true });
    const [a, b] = [straight.outputDir as string, parted.outputDir as string];
    expect(figures(b)).toEqual(figures(a));
    expect(figures(b)).toHaveLength(steps);
    expect(new Set(figures(b).map(({ stats }) => stats["dppo/length_coef"])).size).toBe(steps);
    for (const { stats } of figures(b)) {
      const rewards = (stats["env/reward_mean"] ?? 0) - (stats["dppo/length_penalty_mean"] ?? 0);
      expect(stats["ppo/mean_scores"]).toBeCloseTo(rewards, 6);
    }
    for (const file of [
      "child_model/model.safetensors",
      "child_model/value_head.safetensors",
      "state/ppo_state.safetensors",
    ]) {
      expect(bytes(b, steps, file).equals(bytes(a, steps, file)), file).toBe(true);
    }
    expect(readFileSync(path.join(b, "samples.jsonl"), "utf8")).toBe(
      readFileSync(path.join(a, "samples.jsonl"), "utf8"),
    );
  });

  it("evaluation while training changes no draw of the training, and resumes exactly", async () => {
    const held = { steps, evalFraction: 0.3, evalDialogues: 3, maxEvalPerplexity: 9, maxEvalLength: 9 };
    const plain = tinyRun(project, "without-evaluation", held);
    const straight = tinyRun(project, "evaluated", { ...held, evalInterval: 2 });
    const parted = tinyRun(project, "evaluated-parts", { ...held, evalInterval: 2 });
    await finish(plain);
    const whole = await finish(straight);
    await finish({ ...parted, stopAfter: 3 });
    const resumed = await finish({ outputDir: parted.outputDir as string, resume: true });
    const [a, b, c] = [straight.outputDir as string, parted.outputDir as string, plain.outputDir as string];
    expect(figures(b)).toEqual(figures(a));
    const isEvaluated = (line: object): boolean => JSON.stringify(line).includes("eval/reward_mean");
    expect(figures(a).map(isEvaluated)).toEqual([false, true, false, true, false, true]);
    const weights = "child_model/model.safetensors";
    expect(bytes(c, steps, weights).equals(bytes(a, steps, weights))).toBe(true);
    expect({ ...resumed.selection, checkpoint: null }).toEqual({ ...whole.selection, checkpoint: null });
    const best = whole.selection?.best as { step: number; reward: number };
    const rewards = readLogFile<StepLog>(path.join(a, "training_log.jsonl"), silentLogger).map(
      ({ stats }) => stats["eval/reward_mean"] ?? Number.NEGATIVE_INFINITY,
    );
    expect(best.reward).toBe(Math.max(...rewards));
    expect(rewards[best.step - 1]).toBe(best.reward);
    expect(existsSync(path.join(whole.selection?.checkpoint ?? "none", weights))).toBe(true);
    const info = JSON.parse(bytes(a, steps, "training_info.json").toString("utf8")) as object;
    expect(info).toHaveProperty("selection.reason", whole.selection?.reason);
  });

  it("patience ends a run whose evaluations get no better", async () => {
    const impatient = {
      steps,
      evalFraction: 0.3,
      evalDialogues: 3,
      evalInterval: 1,
      patience: 2,
      maxEvalKl: 1e-9,
    };
    const result = await finish(tinyRun(project, "impatient", { ...impatient, learningRate: 1e-2 }));
    expect(result.steps).toBe(2);
    expect(result.selection).toMatchObject({ best: null, checkpoint: null, withoutBetter: 2 });
    expect(result.selection?.reason).toMatch(/none of 2 evaluations keeps the limits; step \d has KL/);
  });

  it("another seed gives other numbers, so the comparison can fail", async () => {
    const other = tinyRun(project, "other-seed", { steps, seed: 1 });
    await finish(other);
    expect(figures(other.outputDir as string)).not.toEqual(figures(path.join(project.root, "straight")));
  });

  it("resuming from an earlier checkpoint cuts the log and renames later checkpoints", async () => {
    const run = path.join(project.root, "parted");
    const before = figures(run);
    const from = path.join(run, "checkpoint-step-5");
    await finish({ resume: from });
    expect(figures(run)).toEqual(before);
    expect(existsSync(path.join(run, "checkpoint-step-6"))).toBe(true);
  });

  it("refuses a second run in a folder, new or resumed, while the first one works there", async () => {
    const input = tinyRun(project, "locked", { steps: 3, checkpointInterval: 1 });
    const first = train(input);
    await first.next();
    const second = { ...tinyRun(project, "locked", { steps: 3, seed: 1 }), resume: false };
    await expect(finish(second)).rejects.toThrow("holds a run already");
    await expect(finish({ outputDir: input.outputDir as string, resume: true })).rejects.toThrow(
      `is in use by process ${process.pid} on ${os.hostname()}`,
    );
    await first.return({ outputDir: "", checkpoint: "", steps: 0 });
    await finish({ outputDir: input.outputDir as string, resume: true });
    expect(figures(input.outputDir as string).map((line) => (line as StepLog).step)).toEqual([1, 2, 3]);
  });

  it("works from another working directory, for relative and absolute paths", async () => {
    const home = process.cwd();
    const whole = tinyRun(project, "moved", { steps: 2, stopAfter: 1 });
    const relative = (name: "data" | "child" | "teacher" | "outputDir"): object => ({
      [name]: path.relative(project.root, whole[name] as string),
    });
    const names = ["data", "child", "teacher", "outputDir"] as const;
    try {
      process.chdir(project.root);
      await finish({ ...whole, ...Object.assign({}, ...names.map(relative)) });
      process.chdir(os.tmpdir());
      expect(await finish({ resume: whole.outputDir as string })).toMatchObject({ steps: 2 });
    } finally {
      process.chdir(home);
    }
  });

  it("keeps the state of only the newest two checkpoints", () => {
    const run = path.join(project.root, "straight");
    const withState = [1, 2, 3, 4, 5, 6].filter((step) =>
      existsSync(path.join(run, `checkpoint-step-${step}/state`)),
    );
    expect(withState).toEqual([5, 6]);
  });
});

describe("a run refuses", () => {
  const refusal = async (input: TrainInput): Promise<string> =>
    finish(input).then(
      () => "nothing",
      (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
    );
  const run = (): string => path.join(project.root, "refusing");

  it("to resume where there is no run, unless it may begin one", async () => {
    const nowhere = tinyRun(project, "nowhere", { steps: 1 });
    expect(await refusal({ ...nowhere, resume: true })).toMatch(
      /ERR_CONFIG: --resume: .*nowhere holds no run/,
    );
    expect(existsSync(nowhere.outputDir as string)).toBe(false);
    expect(await finish({ ...nowhere, resume: "auto" })).toMatchObject({ steps: 1 });
  });

  it("to evaluate without held-out dialogues, and patience without evaluation", async () => {
    const input = tinyRun(project, "unevaluated", { steps: 1 });
    expect(await refusal({ ...input, evalInterval: 1 })).toMatch(/--eval-interval: expected --eval-fraction/);
    expect(await refusal({ ...input, patience: 1 })).toMatch(/--patience: expected --eval-interval/);
  });

  beforeAll(async () => {
    await finish(tinyRun(project, "refusing", { steps: 4, stopAfter: 2 }));
  });

  it("to resume with another batch size, naming the option", async () => {
    expect(await refusal({ outputDir: run(), resume: true, batchSize: 8 })).toMatch(
      /^ERR_CONFIG: --batch-size 8.*has 4/,
    );
  });

  it("to resume with other data", async () => {
    const other = await tinyProject(30);
    expect(await refusal({ outputDir: run(), resume: true, data: other.data })).toMatch(
      /^ERR_DATA: the data file/,
    );
  });

  it("to resume with another teacher", async () => {
    const other = await tinyProject();
    const input = { outputDir: run(), resume: true, teacher: other.child, teacherTokenizer: other.child };
    expect(await refusal(input)).toMatch(/^ERR_MODEL: the teacher is not the one/);
  });

  it("to resume with another tokenizer, but not with a copy of it that has more files", async () => {
    const other = path.join(project.root, "other-tokenizer");
    cpSync(project.child, other, { recursive: true });
    writeFileSync(path.join(other, "vocab.json"), "{}");
    expect(await hashTokenizer(other)).toBe(await hashTokenizer(project.child));
    const config = path.join(other, "tokenizer_config.json");
    const values = JSON.parse(readFileSync(config, "utf8"));
    writeFileSync(config, JSON.stringify({ ...values, add_prefix_space: true }));
    const input = { outputDir: run(), resume: true, childTokenizer: other };
    expect(await refusal(input)).toMatch(
      /^ERR_TOKENIZER: the child's tokenizer is not the one the run in \S+ was begun with/,
    );
    const teacher = { outputDir: run(), resume: true, teacherTokenizer: other };
    expect(await refusal(teacher)).toMatch(/^ERR_(TOKENIZER|MODEL): the teacher's tokenizer is not the one/);
  });

  it("a folder that holds a run, without resume", async () => {
    expect(await refusal(tinyRun(project, "refusing", { steps: 4 }))).toMatch(
      /^ERR_CONFIG: .*holds a run already/,
    );
  });

  it("to resume in a folder without a checkpoint", async () => {
    expect(await refusal({ resume: project.root })).toMatch(/^ERR_CHECKPOINT_FORMAT: .*holds no checkpoint/);
  });
});
