/** What a build was made from. */
export interface BuildStamp {
  sources: string;
  /** Folder of the libtorch. */
  libtorch: string;
  version: string;
  flags: string;
}

export function buildStamp(
  root: string,
  libtorch: { path: string; version: string },
  flags: string,
): BuildStamp;
export function stampFile(root: string): string;
export function addonFile(root: string): string;
export function readStamp(root: string): BuildStamp | undefined;
