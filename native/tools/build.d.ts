import type { FoundLibtorch } from "./find-libtorch.js";

/** Returns the tools that a build needs and that are missing, each with the command that installs it. */
export function missingTools(): string[];
/** Returns the number of parallel compilers. */
export function parallelJobs(): number;
/** Returns CMake's definitions for ccache if it is installed. */
export function ccacheDefines(): Record<string, string>;
/** Builds the addon unless the existing build is current. `say` receives lines about the progress. */
export function buildAddon(options?: {
  force?: boolean;
  say?: (line: string) => void;
}): Promise<{ addon: string; libtorch: FoundLibtorch; built: boolean }>;
