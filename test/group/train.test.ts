import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { readLogFile } from "../../lib/run/log-file.ts";
import type { TrainInput } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "../train/fixture.ts";
import { flagsOf, hasMpi, program, runRanks, startRanks } from "./mpirun.ts";
import { gradientShare, relativeDifference } from "./tensors.ts";

// Processes that share few cores are slow to start.
vi.setConfig({ testTimeout: 300_000 });

const STEPS = 3;
const OPTIONS: TrainInput = {
  steps: STEPS,
  checkpointInterval: 1,
  batchSize: 6,
  miniBatchSize: 3,
  ppoEpochs: 2,
  learningRate: 1e-4,
  whitenRewards: true,
  useScoreScaling: true,
  evalInterval: 3,
  evalFraction: 0.3,
  evalDialogues: 5,
  samplesPerStep: 6,
};

let project: TinyProject;

const flags = (name: string, more: TrainInput = {}): string[] =>
  flagsOf(tinyRun(project, name, { ...OPTIONS, ...more }));

const folderOf = (name: string): string => path.join(project.root, name);

const samplesOf = (name: string): string => readFileSync(path.join(folderOf(name), "samples.jsonl"), "utf8");

const stepsOf = (name: string) =>
  readLogFile<{ step: number; stats: Record<string, number> }>(
    path.join(folderOf(name), "training_log.jsonl"),
    silentLogger,
  );

/** Returns the relative difference of the weights of the child with its value head. */
function weightDifference(ours: string, theirs: string, theirStep = STEPS): number {
  const child = (name: string, step: number): string =>
    path.join(folderOf(name), `checkpoint-step-${step}`, "child_model");
  return relativeDifference(
    ["model.safetensors", "value_head.safetensors"].map((file) => [
      path.join(child(ours, STEPS), file),
      path.join(child(theirs, theirStep), file),
    ]),
  );
}

/** Figures that are times, or belong to the process. */
const OWN = /^time\/|per_second|memory/;

function expectSameFigures(ours: string, theirs: string): void {
  expect(samplesOf(ours).length).toBeGreaterThan(0);
  const [first, second] = [stepsOf(ours), stepsOf(theirs)];
  expect(first.map(({ step }) => step)).toEqual(second.map(({ step }) => step));
  for (const [i, { stats }] of second.entries()) {
    for (const [name, value] of Object.entries(stats).filter(([key]) => !OWN.test(key))) {
      const own = first[i]?.stats[name] as number;
      if (value === null) expect(own, name).toBeNull();
      else
        expect(
          Math.abs(own - value) / Math.max(0.1, Math.abs(value)),
          `${name} ${own} ${value}`,
        ).toBeLessThan(1e-4);
    }
  }
}

beforeAll(async () => {
  if (!hasMpi) return;
  project = await tinyProject();
  const { code, stderr } = await runRanks(1, ["train", ...flags("one")]);
  expect(code, stderr).toBe(0);
}, 300_000);

describe.skipIf(!hasMpi)("training with several processes", () => {
  it.each([2, 4])("%i processes give the samples, figures and weights of one", async (ranks) => {
    const name = `ranks-${ranks}`;
    const { code, stderr, stdout } = await runRanks(ranks, ["train", "--json", ...flags(name)]);
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(STEPS + 1);
    expect(stderr.match(/training to step/g)).toHaveLength(1);
    const threads = process.env.OMP_NUM_THREADS ?? Math.max(1, Math.floor(os.availableParallelism() / ranks));
    expect(stderr).toContain(`device: cpu, ${threads} thread`);
    expect(samplesOf(name)).toBe(samplesOf("one"));
    expectSameFigures(name, "one");
    expect(weightDifference(name, "one")).toBeLessThan(1e-6);
    expect(weightDifference("one", "one", 1)).toBeGreaterThan(1e-5);
  });

  it("may leave out the biases of attention keys, because their gradient is the rounding error of zero", () => {
    const state = path.join(folderOf("one"), `checkpoint-step-${STEPS}`, "state", "ppo_state.safetensors");
    const [ofKeys, ofQueries] = ["k_proj.bias", "q_proj.bias"].map((name) => gradientShare(state, name));
    expect(ofKeys).toBeGreaterThan(0);
    expect(ofKeys).toBeLessThan(1e-6 * (ofQueries as number));
    expect(ofQueries).toBeGreaterThan(1e-6);
  });

  it("resumes with another number of processes to the same result", async () => {
    await runRanks(2, ["train", ...flags("resumed", { stopAfter: 1 })]);
    await runRanks(1, ["train", ...flags("resumed", { stopAfter: 1 }), "--resume"]);
    const { code, stderr } = await runRanks(3, ["train", ...flags("resumed"), "--resume"]);
    expect(code, stderr).toBe(0);
    expect(samplesOf("resumed")).toBe(samplesOf("one"));
    expect(weightDifference("resumed", "one")).toBeLessThan(1e-6);
  });

  it("ends all processes when one is killed, and resumes from the last checkpoint", async () => {
    const { launcher, ended } = startRanks(2, [program, "train", ...flags("killed", { steps: 40 })]);
    const log = path.join(folderOf("killed"), "training_log.jsonl");
    while (!existsSync(log) || readFileSync(log, "utf8").split("\n").length <= 3)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const began = performance.now();
    process.kill(lastChild(launcher.pid as number), "SIGKILL");
    const { code } = await ended;
    expect(code).not.toBe(0);
    expect(performance.now() - began).toBeLessThan(20_000);
    const resumed = await runRanks(2, ["train", ...flags("killed", { steps: 40, stopAfter: 1 }), "--resume"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const steps = stepsOf("killed").map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: steps.length }, (_, i) => i + 1));
  });

  it("fails in all processes when one fails, and can begin other work", async () => {
    const script = path.join(import.meta.dirname, "failing-rank.js");
    const { code, stdout, stderr } = await startRanks(3, [script]).ended;
    expect(code, stderr).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const failures = lines.filter((line) => "rank" in line).sort((a, b) => Number(a.rank) - Number(b.rank));
    const theirs = { code: "ERR_DATA", message: "rank 2: d7: no such dialogue" };
    expect(failures).toEqual([
      { rank: 0, ...theirs },
      { rank: 1, ...theirs },
      { rank: 2, ...theirs, message: "d7: no such dialogue" },
    ]);
    expect(lines).toContainEqual({ ids: [0, 1, 2], nan: true, map: [10, 20, 30, 40, 50] });
  });

  it("reports an error once and ends all", async () => {
    const { code, stderr } = await runRanks(2, ["train", ...flags("bad", { miniBatchSize: 4 })]);
    expect(code).toBe(2);
    expect(stderr.match(/dialogue-ppo: /g)).toHaveLength(1);
    expect(existsSync(folderOf("bad"))).toBe(false);
  });
});

/** Returns the youngest child of a process. */
function lastChild(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return Number(children.at(-1));
}
