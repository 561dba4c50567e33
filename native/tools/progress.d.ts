/**
 * Reads one line of the output of CMake, ninja or make. Returns how far the build is, null for another line about its
 * state, and undefined for a line that the user needs.
 */
export function readBuildLine(line: string): string | undefined | null;
/** Follows a build and writes how far it is. */
export function followBuild(options?: {
  stream?: { isTTY?: boolean; write(text: string): unknown };
  now?: () => number;
}): { line: (text: string) => void; end: () => void };
