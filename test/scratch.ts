import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * The folder for temporary files becomes one of this run's own and goes when the run ends: whatever a test, a hook, a
 * program that a test starts or a test that was cut off leaves in it goes too.
 *
 * @returns what takes it away again
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
