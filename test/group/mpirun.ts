import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { loadAddon } from "../../lib/native/loader.ts";

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
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Starts `ranks` processes of Node, for at most four minutes. */
export function startRanks(ranks: number, args: readonly string[]): Started {
  const flags = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", String(ranks)];
  const launcher = spawn("mpirun", [...flags, process.execPath, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 240_000,
  });
  let [stdout, stderr] = ["", ""];
  launcher.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  launcher.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    launcher.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { launcher, ended };
}

/** Runs a script in `ranks` processes; in one without a launcher. */
export async function runScript(
  ranks: number,
  ...args: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  if (ranks > 1) return startRanks(ranks, args).ended;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: 240_000,
  });
  return { code: status, stdout, stderr };
}

/** Runs the program as {@link runScript} does. */
export const runRanks = (ranks: number, args: readonly string[]): ReturnType<typeof runScript> =>
  runScript(ranks, program, ...args);
