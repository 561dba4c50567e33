import { loadAddon } from "../native/loader.ts";
import { packageVersion } from "../package.ts";

/** Build and settings of the native addon. */
export interface EngineInfo {
  /** Version of libtorch. */
  readonly libtorch: string;
  /** Whether libtorch was built with CUDA. */
  readonly flavour: "cpu" | "cuda";
  /** Number of threads that one operation uses. */
  readonly threads: number;
}

/**
 * Returns build and settings of the native addon.
 * @throws DialoguePpoError ERR_NATIVE_MISSING
 */
export const engineInfo = (): EngineInfo => loadAddon().versions();

/** Returns the versions of the software on which the numbers of a run depend. */
export const softwareVersions = (): Readonly<Record<"dialogue-ppo" | "libtorch" | "node", string>> => ({
  "dialogue-ppo": packageVersion(),
  libtorch: engineInfo().libtorch,
  node: process.versions.node,
});

/** Sets the number of threads that one operation uses, for the work that begins from now on. */
export const setThreads = (threads: number): void => loadAddon().setThreads(threads);

/**
 * Resolves the device name "auto" to a CUDA device, or to "cpu" when there is none. Any other name is returned
 * unchanged; loading a model reports a device that does not exist.
 *
 * @param localRank number of this process among those on its machine that work together: each takes another device,
 *   also for the name "cuda"
 */
export function chooseDevice(device: string, localRank = 0): string {
  const together = device === "cuda" && localRank > 0;
  if (device !== "auto" && !together) return device;
  const devices = loadAddon()
    .devices()
    .filter((name) => name.startsWith("cuda"));
  return devices[localRank % devices.length] ?? (together ? device : "cpu");
}
