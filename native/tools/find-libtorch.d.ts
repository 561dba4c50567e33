export interface FoundLibtorch {
  path: string;
  version: string;
  flavour: "cpu" | "cuda";
  source: string;
}

export function cacheFolder(env?: NodeJS.ProcessEnv): string;

export function findLibtorch(options?: {
  env?: NodeJS.ProcessEnv;
  say?: (line: string) => void;
  mayFetch?: boolean;
}): Promise<FoundLibtorch | undefined>;
