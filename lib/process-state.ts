import { readFileSync } from "node:fs";

/**
 * Returns the fields of /proc/PID/stat after the name of the process, from its state on; undefined on systems without
 * it, and when there is no such process.
 */
export function processFields(pid: number): readonly string[] | undefined {
  try {
    // The name in parentheses can hold blanks.
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ");
  } catch {
    return undefined;
  }
}

/** States of a process that has ended, but whose parent has not asked for its exit code yet (a zombie). */
const ENDED = ["Z", "X"];

/**
 * Returns whether a process of this host runs, of whichever user. In a container whose first process never asks for
 * exit codes, a zombie stays as long as the container.
 */
export function isRunning(pid: number): boolean {
  const state = processFields(pid)?.[0];
  if (state !== undefined) return !ENDED.includes(state);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
