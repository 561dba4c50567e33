import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { type PpoOptions, type PpoStepResult, PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { relative } from "../golden/compare.ts";
import { readTensors } from "../golden/safetensors.ts";

const folder = path.resolve(import.meta.dirname, "../golden/ppo");

interface GoldenStep {
  queries: number[][];
  responses: number[][];
  scores: number[];
  responseMasks?: number[][];
  permutations: number[][];
  stats: Record<string, number | null>;
  arrays: Record<string, number[]>;
  gradientNorms: number[];
  klCoef: number;
  learningRate: number;
}

export interface GoldenCase {
  name: string;
  policy: string;
  /** Whether the reference is a frozen copy of the policy. Otherwise it is the policy with slightly shifted weights. */
  sharedReference: boolean;
  options: PpoOptions;
  steps: GoldenStep[];
}

/** Names of all golden PPO cases. */
export const caseNames = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(".json", ""))
  .sort();

export const readCase = (name: string): GoldenCase =>
  JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8")) as GoldenCase;

const int32 = (rows: readonly number[][]): Int32Array[] => rows.map((row) => Int32Array.from(row));

export const toBatch = (step: GoldenStep) => ({
  queries: int32(step.queries),
  responses: int32(step.responses),
  scores: Float32Array.from(step.scores),
  permutations: step.permutations,
  ...(step.responseMasks ? { responseMasks: step.responseMasks.map((row) => Uint8Array.from(row)) } : {}),
});

export const policyFolder = (name: string): string => path.join(folder, "policies", name);

/** Loads the reference with the weights shifted as in the script that made the cases: projections up, all others down. */
async function shiftedReference(policy: string): Promise<LanguageModel> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-reference-"));
  try {
    return await LanguageModel.load(await writeShifted(policyFolder(policy), directory));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export async function writeShifted(source: string, target: string): Promise<string> {
  const { cpSync, writeFileSync } = await import("node:fs");
  cpSync(source, target, { recursive: true });
  const file = path.join(target, "model.safetensors");
  const bytes = readFileSync(file);
  const headerSize = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerSize)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const factor = Math.fround(1 + 0.02 * (name.includes("proj") ? 1 : -1));
    for (let at = entry.data_offsets[0]; at < entry.data_offsets[1]; at += 4) {
      const place = 8 + headerSize + at;
      bytes.writeFloatLE(Math.fround(bytes.readFloatLE(place) * factor), place);
    }
  }
  writeFileSync(file, bytes);
  return target;
}

/**
 * Runs a golden case.
 * @param changes options that replace those of the case
 * @returns the result of each step, and the change of each tensor over all steps
 */
export async function runCase(
  golden: GoldenCase,
  changes: PpoOptions = {},
): Promise<{ results: PpoStepResult[]; change: Map<string, Float32Array> }> {
  const child = await LanguageModel.load(policyFolder(golden.policy), { trainable: true, valueHead: true });
  const reference = golden.sharedReference ? undefined : await shiftedReference(golden.policy);
  const trainer = await PpoTrainer.create(child, {
    ...golden.options,
    ...(reference ? { reference } : {}),
    ...changes,
  });
  const results: PpoStepResult[] = [];
  for (const step of golden.steps) results.push(await trainer.step(toBatch(step)));
  const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-ppo-"));
  await child.save(directory);
  const change = weightChange(policyFolder(golden.policy), directory);
  rmSync(directory, { recursive: true });
  await Promise.all([trainer.dispose(), child.dispose(), reference?.dispose()]);
  return { results, change };
}

/** Returns how the tensors of a policy changed between two folders. */
export function weightChange(before: string, after: string): Map<string, Float32Array> {
  const change = new Map<string, Float32Array>();
  for (const file of ["model.safetensors", "value_head.safetensors"]) {
    const initial = readTensors(path.join(before, file));
    for (const [name, values] of readTensors(path.join(after, file))) {
      const start = initial.get(name);
      change.set(
        name,
        values.map((value, i) => value - (start?.[i] ?? Number.NaN)),
      );
    }
  }
  return change;
}

/** Smallest scale for relative deviations: a small mean of terms near 1 that cancel has the rounding error of its terms. */
const SCALE = 0.1;

/** Returns the largest relative deviation of the scalars and gradient norms of a step. */
export function scalarDeviation(ours: PpoStepResult, theirs: GoldenStep): number {
  const pairs: [number | undefined, number][] = Object.entries(theirs.stats).map(([name, value]) => [
    ours.stats[name],
    value ?? Number.NaN,
  ]);
  theirs.gradientNorms.forEach((norm, i) => {
    pairs.push([ours.gradientNorms[i], norm]);
  });
  pairs.push([ours.gradientNorms.length, theirs.gradientNorms.length]);
  const exact: [number | undefined, number][] = [
    [ours.klCoef, theirs.klCoef],
    [ours.learningRate, theirs.learningRate],
    [ours.stats["ppo/learning_rate"], theirs.stats["ppo/learning_rate"] ?? Number.NaN],
  ];
  return Math.max(
    ...pairs.map(([a, b]) => relative(a, b, SCALE)),
    ...exact.map(([a, b]) => relative(a, b, 1e-12)),
  );
}

/** Returns a mask of shape [B, T-1] that is 1 where a position predicts a response token that counts. */
function responseMask(step: GoldenStep, left: boolean): number[][] {
  const width = Math.max(...step.queries.map((query, i) => query.length + (step.responses[i]?.length ?? 0)));
  return step.queries.map((query, i) => {
    const response = step.responses[i] ?? [];
    const pad = left ? width - query.length - response.length : 0;
    const row = new Array<number>(width - 1).fill(0);
    response.forEach((_, t) => {
      row[pad + query.length - 1 + t] = step.responseMasks?.[i]?.[t] ?? 1;
    });
    return row;
  });
}

/** Returns the largest deviation of the vectors of a step at the positions that count. Elsewhere ours must be 0. */
export function arrayDeviation(ours: PpoStepResult, golden: GoldenCase, index: number): number {
  const step = golden.steps[index];
  if (!step) throw new Error("no such step");
  const mask = responseMask(step, golden.options.padSide === "left");
  const inOrder = mask.flat();
  const shuffled = step.permutations.flatMap((order) => order.flatMap((row) => mask[row] ?? []));
  let worst = 0;
  for (const [name, expected] of Object.entries(step.arrays)) {
    const values = ours.arrays[name];
    if (values?.length !== expected.length) return Number.POSITIVE_INFINITY;
    const counted = name.startsWith("ppo/policy/")
      ? shuffled
      : name.includes("logprobs")
        ? inOrder
        : undefined;
    expected.forEach((value, i) => {
      const wanted = counted && counted[i] === 0 ? 0 : value;
      worst = Math.max(worst, relative(values[i], wanted, 1));
    });
  }
  return worst;
}

/** Returns whether an entry belongs to the bias of attention keys. A constant in all keys cancels in the softmax. */
function isKeyBias(name: string, index: number, length: number): boolean {
  if (name.endsWith("c_attn.bias")) return index >= length / 3 && index < (2 * length) / 3;
  return name.endsWith("k_proj.bias");
}

/** Returns ||ours - theirs|| / ||theirs|| of the weight changes, without key biases, whose gradient is rounding noise. */
export function changeDeviation(golden: GoldenCase, ours: Map<string, Float32Array>): number {
  let difference = 0;
  let size = 0;
  for (const [name, theirs] of readTensors(path.join(folder, `${golden.name}.safetensors`))) {
    const own = ours.get(name);
    if (own?.length !== theirs.length) return Number.POSITIVE_INFINITY;
    theirs.forEach((value, i) => {
      if (isKeyBias(name, i, theirs.length)) return;
      difference += ((own[i] ?? Number.NaN) - value) ** 2;
      size += value ** 2;
    });
  }
  return Math.sqrt(difference / size);
}
