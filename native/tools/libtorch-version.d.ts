/** Oldest and newest supported version, as [major, minor]. */
export const SUPPORTED: { readonly min: readonly [number, number]; readonly max: readonly [number, number] };
/** Version that is downloaded if no libtorch is found. */
export const FETCHED_VERSION: string;
/** Versions with which the test suite has been run. */
export const TESTED_VERSIONS: readonly string[];

/** Returns whether a version such as "2.13" or "2.13.0+cpu" is in the supported range. */
export function isSupported(version: string): boolean;
/** Returns the supported range as text. */
export function rangeText(): string;
/** Returns whether the system denies this user a kind of access, by default reading. A path that does not exist is not denied. */
export function isDenied(place: string, mode?: number): boolean;
/** Returns the path that this user may not read of the libtorch in a folder; undefined when all can be read or nothing exists. */
export function deniedPath(root: string): string | undefined;
/** Returns the version and flavour of the libtorch in a folder, or the reason why it cannot be used. */
export function inspectLibtorch(
  root: string,
): { path: string; version: string; flavour: "cpu" | "cuda"; problem?: undefined } | { problem: string };
