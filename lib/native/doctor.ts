import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findLibtorch } from "../../native/tools/find-libtorch.js";
import { addonPath, describeDeniedAccess } from "./loader.ts";
import type { NativeAddon } from "./types.ts";

/** State of the native installation, as {@link diagnose} finds it. */
export interface Diagnosis {
  /** Path of the addon, and whether it is built and can be loaded. */
  readonly addon: { readonly path: string; readonly built: boolean; readonly loads: boolean };
  /** The libtorch that a build would use; null when there is none. */
  readonly libtorch: { readonly path: string; readonly version: string; readonly flavour: string } | null;
  /** Names of the devices that the addon can use, such as "cpu" and "cuda:0". */
  readonly devices: readonly string[];
  /** Number of threads that one operation uses; null when the addon does not load. */
  readonly threads: number | null;
  /** Backends that connect several processes, such as "mpi"; empty when only single processes can train. */
  readonly backends: readonly string[];
  /** Version of Node. */
  readonly node: string;
  /** One line for each problem, with its remedy. */
  readonly problems: readonly string[];
}

/** What the addon reports. */
export interface ProbeResult {
  versions: ReturnType<NativeAddon["versions"]>;
  devices: string[];
}

/**
 * Loads the addon in a separate process, because an addon that crashes would end this one.
 * @returns what the addon reports, or the reason why it does not load
 */
function probeAddon(): ProbeResult | string {
  const program = `
    const addon = require(${JSON.stringify(addonPath)});
    console.log(JSON.stringify({ versions: addon.versions(), devices: addon.devices() }));`;
  const result = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  if (result.status === 0) return JSON.parse(result.stdout) as ProbeResult;
  const lines = result.stderr.split("\n");
  return lines.find((line) => line.startsWith("Error:")) ?? lines[0] ?? `signal ${result.signal}`;
}

/** Returns what makes a build slower on a GPU than it could be; undefined without such a thing. */
export function describeSlowGpu({ versions, devices }: ProbeResult): string | undefined {
  if (devices.every((name) => name === "cpu")) return undefined;
  if (!versions.cudaGraphs) {
    return (
      "the addon was built without the headers of CUDA, so generation and training on a GPU take several times as long: install the CUDA " +
      "toolkit, or with CUDA 13 the packages nvidia-cuda-crt and nvidia-cuda-cccl beside torch, and run npx dialogue-ppo build --force"
    );
  }
  if (!versions.gpuKernels) {
    return (
      "the addon was built without NVRTC of CUDA 13, so generation on a GPU takes about twice as long: use a libtorch for CUDA 13, and " +
      "run npx dialogue-ppo build --force"
    );
  }
  return undefined;
}

/** Inspects addon, libtorch and devices. It changes nothing and downloads nothing. */
export async function diagnose(): Promise<Diagnosis> {
  const built = existsSync(addonPath);
  const denied = describeDeniedAccess();
  const problems = denied === undefined ? [] : [denied];
  const probe = built && denied === undefined ? probeAddon() : undefined;
  if (!built) problems.push("the addon is not built: npx dialogue-ppo build");
  if (typeof probe === "string")
    problems.push(`the addon does not load (${probe}): npx dialogue-ppo build --force`);
  let libtorch: Diagnosis["libtorch"] = null;
  try {
    const found = await findLibtorch({ mayFetch: false });
    if (found) libtorch = { path: found.path, version: found.version, flavour: found.flavour };
    else if (denied === undefined && typeof probe !== "object")
      problems.push("no libtorch was found: npx dialogue-ppo build fetches one");
  } catch (error) {
    problems.push((error as Error).message);
  }
  const loaded = typeof probe === "object" ? probe : undefined;
  if (loaded && libtorch && !libtorch.version.startsWith(loaded.versions.libtorch)) {
    problems.push(
      `the addon uses libtorch ${loaded.versions.libtorch}, a new build would take ${libtorch.version}: npx dialogue-ppo build`,
    );
  }
  const slow = loaded && describeSlowGpu(loaded);
  if (slow !== undefined) problems.push(slow);
  return {
    addon: { path: addonPath, built, loads: loaded !== undefined },
    libtorch,
    devices: loaded?.devices ?? [],
    threads: loaded?.versions.threads ?? null,
    backends: loaded?.versions.backends ?? [],
    node: process.versions.node,
    problems,
  };
}
