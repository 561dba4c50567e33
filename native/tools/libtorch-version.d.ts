export const SUPPORTED: { readonly min: readonly [number, number]; readonly max: readonly [number, number] };
export const FETCHED_VERSION: string;
export const TESTED_VERSIONS: readonly string[];

export function isSupported(version: string): boolean;
export function rangeText(): string;
export function inspectLibtorch(
  root: string,
): { path: string; version: string; flavour: "cpu" | "cuda"; problem?: undefined } | { problem: string };
