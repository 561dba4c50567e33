// What a run was measured on.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { endAll, ours, peer } from "./contestants.js";

const NOTABLE = ["avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd", "bf16"];

/** Returns the vector instructions of the processor that libtorch or the core could use. */
function instructionSet() {
  if (process.platform !== "linux") return [];
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  const words = new Set(flags.split(" "));
  return NOTABLE.filter((name) => words.has(name));
}

/** Returns the name of an NVIDIA GPU; undefined for the CPU. */
function gpuName(device) {
  if (device === "cpu") return undefined;
  const index = device.split(":")[1] ?? "0";
  const args = ["--query-gpu=name,driver_version", "--format=csv,noheader", `--id=${index}`];
  const { stdout, status } = spawnSync("nvidia-smi", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace(", ", ", driver ") : undefined;
}

export const machineDescription = (device) => ({
  gpu: gpuName(device),
  processor: os.cpus()[0]?.model ?? "unknown processor",
  cores: os.availableParallelism(),
  instructions: instructionSet(),
  memoryBytes: os.totalmem(),
});

/** Returns the versions of libtorch and Node and, if a Python was named, of the peers. */
export async function versions(context) {
  const contestants = [ours(context), peer(context, "peers")].filter(Boolean);
  const answers = [];
  for (const contestant of contestants) answers.push(await contestant.call({ versions: true }));
  await endAll(contestants);
  return Object.assign({}, ...answers);
}

/** Returns the rates of a GPU, which the peers' Python measures; without one they are unknown. */
export async function gpuCeilings(context) {
  const contestant = peer(context, "ceilings");
  if (contestant === undefined) {
    return {
      bytesPerSecond: Number.NaN,
      flopsPerSecond: Number.NaN,
      bfloat16FlopsPerSecond: Number.NaN,
    };
  }
  const rates = await contestant.call({ ceilings: context.device });
  await endAll([contestant]);
  return rates;
}
