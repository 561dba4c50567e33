import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { loadAddon } from "../../lib/native/loader.ts";
import { kebabCase } from "../../lib/options/spelling.ts";
import { mpirun } from "../../scripts/mpirun.js";

/** The program that a build has made. */
export const program = path.resolve(import.meta.dirname, "../../dist/cli/main.js");

function describeMissing(): string | undefined {
  if (spawnSync("mpirun", ["--version"], { stdio: "ignore", timeout: 30_000 }).status !== 0)
    return "mpirun is missing: apt-get install libopenmpi-dev openmpi-bin";
  if (!loadAddon().versions().backends.includes("mpi"))
    return "the addon was built without MPI: npm run build:native";
  return undefined;
}

const missing = describeMissing();
if (missing !== undefined) console.warn(`tests of several processes are skipped: ${missing}`);

/** Whether processes can be started together here. */
export const hasMpi = missing === undefined;

/** A started group of processes. */
export interface Started {
  readonly launcher: ChildProcess;
  /** The end of the launcher, which is that of all processes. */
  readonly ended: Promise<Ended>;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `ranks` processes of Node, one without a launcher, for at most four minutes. */
export function startRanks(ranks: number, args: readonly string[]): Started {
  const [command = "", ...rest] = [...mpirun(ranks), process.execPath, ...args];
  const launcher = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], timeout: 240_000 });
  let [stdout, stderr] = ["", ""];
  launcher.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  launcher.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    launcher.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { launcher, ended };
}

/** Runs the program in `ranks` processes to its end. */
export const runRanks = (ranks: number, args: readonly string[]): Promise<Ended> =>
  startRanks(ranks, [program, ...args]).ended;

/** Returns options as flags of the program. */
export const flagsOf = (options: object): string[] =>
  Object.entries(options).flatMap(([key, value]) => [
    `--${kebabCase(key)}`,
    ...(value === true ? [] : [String(value)]),
  ]);
