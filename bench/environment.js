// What a run was measured on.
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

export const machineDescription = () => ({
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
