import { loadAddon } from "../native/loader.ts";

/** What the native core is made of. */
export interface EngineInfo {
  readonly libtorch: string;
  readonly flavour: "cpu" | "cuda";
  /** Threads inside one operation. */
  readonly threads: number;
}

export const engineInfo = (): EngineInfo => loadAddon().versions();

/** Threads inside one operation, for the engine's whole life: call it before the first model is loaded. */
export const setThreads = (threads: number): void => loadAddon().setThreads(threads);

/**
 * A device by name: "auto" is the first CUDA device, else the processor; any other name is taken at its word and refused
 * by the model that is to go there when it is absent.
 */
export function chooseDevice(device: string): string {
  if (device !== "auto") return device;
  const found = loadAddon().devices();
  return found.find((name) => name.startsWith("cuda")) ?? "cpu";
}
