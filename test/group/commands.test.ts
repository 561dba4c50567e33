import { mkdtempSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { TrainInput } from "../../lib/train/train.ts";
import { logFigures, TINY, writeSmallCsv } from "../pretrain/fixture.ts";
import { type TinyProject, tinyProject, tinyRun } from "../train/fixture.ts";
import { flagsOf, hasMpi, runRanks, startRanks } from "./mpirun.ts";
import { relativeDifference } from "./tensors.ts";

// Processes that share few cores are slow to start.
vi.setConfig({ testTimeout: 300_000 });

/** Compares two values of JSON: numbers to the rounding of float32 sums, everything else exactly. */
function expectClose(ours: unknown, theirs: unknown, where = ""): void {
  if (typeof theirs === "number" && typeof ours === "number") {
    expect(Math.abs(ours - theirs), `${where}: ${ours}, ${theirs}`).toBeLessThan(
      1e-4 * Math.max(0.1, Math.abs(theirs)),
    );
  } else if (typeof theirs === "object" && theirs !== null) {
    expect(Object.keys(ours as object), where).toEqual(Object.keys(theirs));
    for (const [key, value] of Object.entries(theirs))
      expectClose((ours as Record<string, unknown>)[key], value, `${where}.${key}`);
  } else expect(ours, where).toBe(theirs);
}

describe.skipIf(!hasMpi)("pretraining with several processes", () => {
  it("gives the figures and weights of one, with dropout and a resume", async () => {
    const root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-ranks-"));
    const data = writeSmallCsv(root, 24);
    const run = async (ranks: number, name: string, ...more: string[]): Promise<string> => {
      const output = path.join(root, name);
      const options = {
        ...TINY,
        data,
        output,
        steps: 6,
        evalFraction: 0.2,
        evalInterval: 3,
        dropout: 0.2,
        device: "cpu",
      };
      const { code, stderr } = await runRanks(ranks, ["pretrain", ...flagsOf(options), ...more]);
      // A run that is stopped early ends with 0, too.
      expect(code, stderr).toBe(0);
      return output;
    };
    const one = await run(1, "one");
    await run(2, "several", "--stop-after", "2");
    const several = await run(3, "several", "--resume");
    expectClose(logFigures(several), logFigures(one));
    const weights = [several, one].map((folder) => path.join(folder, "model.safetensors"));
    expect(relativeDifference([weights as [string, string]])).toBeLessThan(1e-6);
  });
});

describe.skipIf(!hasMpi)("runs of several processes", () => {
  let project: TinyProject;
  const input = (name: string, more: TrainInput = {}): TrainInput =>
    tinyRun(project, name, { steps: 3, samplesPerStep: 4, learningRate: 1e-4, ...more });
  const read = (name: string, file: string): string =>
    readFileSync(path.join(project.root, name, file), "utf8");

  beforeAll(async () => {
    project = await tinyProject();
  });

  it("call a reward of one's own for the whole batch, and replace dialogues alike", async () => {
    const outputs: string[] = [];
    for (const [ranks, name] of [
      [1, "own-1"],
      [3, "own-3"],
    ] as const) {
      const script = path.join(import.meta.dirname, "custom-reward.js");
      const { code, stdout, stderr } = await startRanks(ranks, [script, JSON.stringify(input(name))]).ended;
      expect(code, stderr).toBe(0);
      outputs.push(stdout);
    }
    const called = outputs.map((text) => text.match(/called \d+ times/g));
    expect(called[1]).toContain(called[0]?.[0]);
    expect(called[1]?.filter((text) => text === "called 0 times")).toHaveLength(2);
    expect(read("own-3", "samples.jsonl")).toBe(read("own-1", "samples.jsonl"));
    const [one, three] = ["own-1", "own-3"].map((name) =>
      JSON.parse(read(name, "checkpoint-step-3/training_info.json")),
    );
    expect(one.retries).toBeGreaterThan(0);
    expect([three.retries, three.dropped]).toEqual([one.retries, one.dropped]);
  });

  it("evaluate as one does", async () => {
    const trained = await runRanks(1, [
      "train",
      ...flagsOf(input("evaluated", { evalFraction: 0.4, steps: 1 })),
    ]);
    expect(trained.code, trained.stderr).toBe(0);
    const run = path.join(project.root, "evaluated");
    for (const [ranks, name] of [
      [1, "by-1"],
      [2, "by-2"],
    ] as const) {
      const more = ["--samples-per-prompt", "2", "--output", path.join(project.root, name)];
      const { code, stderr } = await runRanks(ranks, ["evaluate", "--run", run, ...more]);
      expect(code, stderr).toBe(0);
    }
    const [one, two] = ["by-1", "by-2"].map((name) => {
      // The digest covers the date.
      const { setting, sha256: _, ...record } = JSON.parse(read(name, "evaluation.json"));
      return { ...record, setting: { ...setting, date: "" } };
    });
    expectClose(two, one);
  });
});
