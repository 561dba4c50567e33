/** Record of the sources, libtorch and flags of a build. */
export interface BuildStamp {
  /** SHA-256 of all sources. */
  sources: string;
  /** Folder of the libtorch. */
  libtorch: string;
  version: string;
  flags: string;
}

/** Returns the stamp of a build. */
export function buildStamp(
  root: string,
  libtorch: { path: string; version: string },
  flags: string,
): BuildStamp;
/** Returns the path of the stamp file. */
export function stampFile(root: string): string;
/** Returns the path of the addon. */
export function addonFile(root: string): string;
/** Returns the stamp of the existing build, or undefined if there is none. */
export function readStamp(root: string): BuildStamp | undefined;
