import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * Gives each test run a temporary folder of its own. Everything that tests, hooks and the programs they start leave in
 * it is removed when the run ends, also after a test that was cut off.
 *
 * @returns a function that removes the folder
 */
export function setup(): () => void {
  const before = process.env.TMPDIR;
  const folder = mkdtempSync(path.join(os.tmpdir(), "dppo-tests-"));
  process.env.TMPDIR = folder;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    // A browser or a killed run may still be writing while it goes.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
