import { randomUUID } from "node:crypto";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { writeError } from "./file-error.ts";
import { outputPlace } from "./output-place.ts";
import { checkReplaceable } from "./replaceable.ts";

/** Creates and removes a file in a folder, or in the nearest folder above it that exists. */
function probeFolder(folder: string): void {
  let existing = path.resolve(folder);
  while (!existsSync(existing) && existing !== path.dirname(existing)) existing = path.dirname(existing);
  const probe = path.join(existing, `.dialogue-ppo-${randomUUID()}.partial`);
  writeFileSync(probe, "", { flag: "wx" });
  rmSync(probe);
}

/** What an output is: a file, a folder that is replaced, or a folder into which files are written. */
type OutputKind = "file" | "folder" | "filled folder";

/**
 * Returns whether an output exists.
 * @throws DialoguePpoError ERR_CONFIG when it is a folder in place of a file, or the reverse
 */
function checkKind(target: string, place: string, kind: OutputKind): boolean {
  const isFile = kind === "file";
  const refuse = (problem: string): never => {
    const expected = isFile ? "a file" : "a folder";
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${target} ${problem}; expected the name of ${expected} to write`,
    );
  };
  if (isFile && /[\\/]$/.test(target)) refuse("names a folder");
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (stats.isDirectory() === isFile) refuse(isFile ? "is a folder" : "is a file");
  return true;
}

/**
 * Checks that an output can be written, so that a wrong path is reported before long work and not after it. Nothing is
 * left behind. Logs that the output replaces an older one.
 *
 * @throws DialoguePpoError ERR_CONFIG when the place cannot be written to, ERR_IO when the disk is full or fails
 */
export function checkOutput(target: string, kind: OutputKind, log?: Logger): void {
  let exists: boolean;
  try {
    const place = outputPlace(target);
    exists = checkKind(target, place, kind);
    if (kind !== "filled folder") {
      if (exists) checkReplaceable(target, place);
      probeFolder(path.dirname(place));
    }
    if (kind !== "file") probeFolder(place);
  } catch (error) {
    throw writeError(target, error);
  }
  if (exists) log?.info(`${target} exists and will be replaced`);
}
