import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findLibtorch } from "../../native/tools/find-libtorch.js";
import { addonPath } from "./loader.ts";

/** What was found on this machine, and what to do about it. */
export interface Diagnosis {
  readonly addon: { readonly path: string; readonly built: boolean; readonly loads: boolean };
  readonly libtorch: { readonly path: string; readonly version: string; readonly flavour: string } | null;
  readonly devices: readonly string[];
  readonly threads: number | null;
  readonly node: string;
  /** Each with its remedy. */
  readonly problems: readonly string[];
}

interface Probe {
  versions: { libtorch: string; flavour: string; threads: number };
  devices: string[];
}

/** Loads the addon in a process of its own: one that crashes must not take the diagnosis down with it. */
function probeAddon(): Probe | string {
  const program = `
    const addon = require(${JSON.stringify(addonPath)});
    console.log(JSON.stringify({ versions: addon.versions(), devices: addon.devices() }));`;
  const result = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  if (result.status === 0) return JSON.parse(result.stdout) as Probe;
  const lines = result.stderr.split("\n");
  return lines.find((line) => line.startsWith("Error:")) ?? lines[0] ?? `signal ${result.signal}`;
}

/** Looks at addon, libtorch and devices without changing anything. */
export async function diagnose(): Promise<Diagnosis> {
  const problems: string[] = [];
  const built = existsSync(addonPath);
  const probe = built ? probeAddon() : undefined;
  if (!built) problems.push("the addon is not built: npx dialogue-ppo build");
  if (typeof probe === "string")
    problems.push(`the addon does not load (${probe}): npx dialogue-ppo build --force`);
  let libtorch: Diagnosis["libtorch"] = null;
  try {
    const found = await findLibtorch({ mayFetch: false });
    if (found) libtorch = { path: found.path, version: found.version, flavour: found.flavour };
    else problems.push("no libtorch was found: npx dialogue-ppo build fetches one");
  } catch (error) {
    problems.push((error as Error).message);
  }
  const working = typeof probe === "object" ? probe : undefined;
  if (working && libtorch && !libtorch.version.startsWith(working.versions.libtorch)) {
    problems.push(
      `the addon uses libtorch ${working.versions.libtorch}, a new build would take ${libtorch.version}: npx dialogue-ppo build`,
    );
  }
  return {
    addon: { path: addonPath, built, loads: working !== undefined },
    libtorch,
    devices: working?.devices ?? [],
    threads: working?.versions.threads ?? null,
    node: process.versions.node,
    problems,
  };
}
