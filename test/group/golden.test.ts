import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { describe, expect, it, vi } from "vitest";
import type { PpoStepResult } from "../../lib/model/ppo-trainer.ts";
import { within } from "../golden/compare.ts";
import {
  arrayDeviation,
  caseNames,
  changeDeviation,
  type GoldenCase,
  policyFolder,
  readCase,
  scalarDeviation,
  toBatch,
  weightChange,
  writeShifted,
} from "../model/ppo-case.ts";
import { hasMpi, startRanks } from "./mpirun.ts";

// Processes that share few cores are slow to start.
vi.setConfig({ testTimeout: 300_000 });

/** Limits of the deviation from TRL, as for a process alone. */
const LIMITS = { first: 2e-5, later: 2e-3, weights: 1e-3 };

async function toJob(golden: GoldenCase, folder: string) {
  const policy = policyFolder(golden.policy);
  const reference = path.join(folder, `reference-${golden.policy}`);
  if (!golden.sharedReference) await writeShifted(policy, reference);
  return {
    policy,
    ...(!golden.sharedReference && { reference }),
    options: golden.options,
    batches: golden.steps.map(toBatch),
    output: path.join(folder, golden.name),
  };
}

function check(ranks: number, golden: GoldenCase, steps: PpoStepResult[], folder: string): void {
  const found = golden.steps.map((step, i) => {
    const ours = steps[i] as PpoStepResult;
    return Math.max(scalarDeviation(ours, step), arrayDeviation(ours, golden, i));
  });
  const change = weightChange(policyFolder(golden.policy), path.join(folder, golden.name));
  const name = `PPO ${golden.name}, ${ranks} processes`;
  within(`${name}: first step`, found[0] ?? Number.NaN, LIMITS.first);
  within(`${name}: steps 2 and 3`, Math.max(...found.slice(1)), LIMITS.later);
  within(`${name}: change of the weights`, changeDeviation(golden, change), LIMITS.weights);
}

describe.skipIf(!hasMpi)("several processes give TRL's numbers as one does", () => {
  it.each([2, 3])("%i processes", async (ranks) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-ranks-"));
    const cases = caseNames.map(readCase);
    const [jobs, results] = [path.join(folder, "jobs"), path.join(folder, "results")];
    const made = [];
    for (const golden of cases) made.push(await toJob(golden, folder));
    writeFileSync(jobs, serialize(made));
    const script = path.join(import.meta.dirname, "golden-ranks.js");
    const { code, stderr } = await startRanks(ranks, [script, jobs, results]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const steps = deserialize(readFileSync(results)) as PpoStepResult[][];
    for (const [i, golden] of cases.entries()) check(ranks, golden, steps[i] ?? [], folder);
    rmSync(folder, { recursive: true });
  });
});
