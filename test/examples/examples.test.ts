import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { type TinyProject, tinyProject, tinyRun } from "../train/fixture.ts";

const root = path.resolve(import.meta.dirname, "../..");

let project: TinyProject;

beforeAll(async () => {
  project = await tinyProject();
});

/** Runs an example as its reader does, against the compiled package. */
function run(example: string, ...args: string[]): string[] {
  const file = path.join(root, "examples", example);
  const result = spawnSync(process.execPath, [file, ...args], {
    cwd: root,
    encoding: "utf8",
    // Models this small are faster on one thread.
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  expect(result.stderr).toBe("");
  expect(result.status).toBe(0);
  return result.stdout.trimEnd().split("\n");
}

describe("examples", () => {
  it("generate.mjs continues a dialogue and tells the perplexity", () => {
    const lines = run("generate.mjs", project.child);
    expect(lines).toHaveLength(4);
    expect(lines.slice(0, 3).every((line) => line.startsWith("A::"))).toBe(true);
    const [, perplexity, tokens] =
      /perplexity of the first one: ([\d.]+) over (\d+) tokens/.exec(lines[3] ?? "") ?? [];
    expect(Number(perplexity)).toBeGreaterThan(1);
    expect(Number(tokens)).toBeGreaterThan(0);
    expect(run("generate.mjs", project.child)).toEqual(lines);
  });

  it("ppo-by-hand.mjs raises what it rewards", () => {
    const lines = run("ppo-by-hand.mjs", project.child, "12", "1e-2");
    const shares = lines.map((line) => Number(/share with e ([\d.]+)/.exec(line)?.[1]));
    expect(shares).toHaveLength(12);
    const mean = (part: number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length;
    expect(mean(shares.slice(-3))).toBeGreaterThan(mean(shares.slice(0, 3)) + 0.1);
  });

  it("taaco-indices.mjs prints what the library computes", async () => {
    const lines = run("taaco-indices.mjs");
    const taaco = await Taaco.create();
    const text = "The dog ran home. It was cold, so the dog was happy to be home.\nThen it slept.";
    const { lemma_ttr: ttr } = taaco.indices(text);
    expect(lines.join("\n")).toContain(`lemma_ttr: ${Math.round((ttr ?? 0) * 1000) / 1000}`);
    // dog bark they bark loudly: 4 of 5 lemmas differ; of the second sentence's three, "bark" was there before
    expect(lines.join("\n")).toMatch(/tokens: \{ lemma_ttr: 0\.8,/);
    expect(lines.join("\n")).toContain("168 indices, 194 with a source");
  });

  it("custom-reward.mjs trains with a sync and an async reward", () => {
    const options = { ...tinyRun(project, "custom"), steps: 2 };
    const lines = run("custom-reward.mjs", JSON.stringify(options));
    expect(lines.map((line) => line.split(":")[0])).toEqual(["sync 1", "sync 2", "async 1", "async 2"]);
    const rewards = lines.map((line) => Number(/reward (-?[\d.]+)/.exec(line)?.[1]));
    // A random child never asks back; the async reward has the cohesion scores in it.
    expect(rewards.slice(0, 2)).toEqual([0, 0]);
    expect(rewards.slice(2).every((reward) => Number.isFinite(reward))).toBe(true);
    for (const name of ["sync", "async"]) {
      expect(existsSync(path.join(project.root, `custom-${name}/checkpoint-step-2/child_model`))).toBe(true);
    }
  });

  it("whole-run.mjs does from a program what the commands do", () => {
    const outputDir = path.join(project.root, "whole-run");
    const { data, child, teacher, ...rest } = tinyRun(project, "whole-run");
    const options = { ...rest, data, child, teacher, outputDir, steps: 2, seed: 0 };
    const lines = run("whole-run.mjs", JSON.stringify(options));
    const starts = "dialogues checks step step evaluation report generated calibration scored pretrained";
    expect(lines.map((line) => line.split(/[ :]/)[0])).toEqual(starts.split(" "));
    const [counted = "", checked = ""] = lines;
    const [, all, heldOut] = /dialogues: (\d+), of them (\d+) held out; 2 steps/.exec(counted) ?? [];
    expect(Number(all)).toBe(24);
    expect(Number(heldOut)).toBeGreaterThan(0);
    const [, passed, tried] = /checks: (\d+) of (\d+) passed/.exec(checked) ?? [];
    expect(passed).toBe(tried);
    for (const file of [
      "evaluation.json",
      "report.html",
      "own-calibration.json",
      "child/model.safetensors",
    ]) {
      expect([file, existsSync(path.join(outputDir, file))]).toEqual([file, true]);
    }
    expect(lines).toContain("report: report.html of 2 steps");
    expect(lines).toContain("scored: 24 texts");
    expect(lines).toContain("pretrained: 3 steps, ended by steps");
  });

  it("every example is run here", () => {
    expect(readdirSync(path.join(root, "examples")).toSorted()).toEqual([
      "custom-reward.mjs",
      "generate.mjs",
      "ppo-by-hand.mjs",
      "taaco-indices.mjs",
      "whole-run.mjs",
    ]);
  });
});
