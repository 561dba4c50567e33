/** A libtorch that can be used. */
export interface FoundLibtorch {
  path: string;
  version: string;
  flavour: "cpu" | "cuda";
  /** Where it was found, such as `LIBTORCH`, `python3` or `cache`. */
  source: string;
}

/** Finds or downloads libtorch. `say` receives a line for each attempt. */
export function findLibtorch(options?: {
  env?: NodeJS.ProcessEnv;
  say?: (line: string) => void;
  mayFetch?: boolean;
}): Promise<FoundLibtorch | undefined>;
