import type { FoundLibtorch } from "./find-libtorch.js";

export function missingTools(): string[];
export function parallelJobs(): number;
export function buildAddon(options?: {
  force?: boolean;
  say?: (line: string) => void;
}): Promise<{ addon: string; libtorch: FoundLibtorch; built: boolean }>;
