import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import path from "node:path";
import { refuse } from "../errors.ts";
import { writeError } from "./file-error.ts";
import { describeSpecialFile } from "./file-kind.ts";
import { makeFolders } from "./make-folders.ts";

/** Links that may follow each other, as on Linux. More of them form a loop. */
const MAX_LINKS = 40;

const isLink = (file: string): boolean =>
  lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

// Node's own realpath shortens ".." before it follows links; that of the system does not.
const realFolder = (file: string): string => realpathSync.native(path.dirname(file));

/** Follows the links at a path to the first path that is none, which need not exist. */
function followLinks(target: string): string {
  let place = path.resolve(target);
  for (let links = 0; isLink(place); links++) {
    if (links === MAX_LINKS) refuse(`${target} cannot be written: its symbolic links form a loop (ELOOP)`);
    const folder = realFolder(place);
    // Such as /dev/stdout, whose file another program writes to.
    if (folder.startsWith("/proc/"))
      refuse(`${target} is an open file of a process; expected the name of a file`);
    const next = readlinkSync(place);
    // The path is not shortened: ".." after a link counts from where that link leads.
    place = path.isAbsolute(next) ? next : `${folder}${path.sep}${next}`;
  }
  return place;
}

/**
 * Returns the path to which an output is written. If the output is a symbolic link, that is where the link leads, so
 * that an output can lie on another disk and the link stays. The file or folder need not exist, but the folder around
 * it must if a link leads there: it can be a disk that is not mounted.
 *
 * @throws DialoguePpoError ERR_CONFIG when links form a loop or lead into a folder that does not exist, and for a pipe,
 *   a socket, a device or an open file of a process such as /dev/stdout, which a file would replace
 */
export function outputPlace(target: string): string {
  try {
    return findPlace(target);
  } catch (error) {
    throw writeError(target, error);
  }
}

function findPlace(target: string): string {
  const place = followLinks(target);
  const special = describeSpecialFile(place);
  if (special !== undefined) refuse(`${target} ${special}`);
  if (!isLink(path.resolve(target))) return place;
  if (existsSync(place)) return realpathSync.native(place);
  const folder = path.dirname(place);
  if (!existsSync(folder)) {
    refuse(`${target} is a link to ${place}, but ${folder} does not exist; create it, or mount its disk`);
  }
  return path.join(realFolder(place), path.basename(place));
}

/**
 * Creates the folder of an output if it does not exist, and the folders above it. If it is a link, the folder is
 * created where the link leads.
 *
 * @returns the first folder that was created, as an absolute path; undefined when the folder was there
 * @throws DialoguePpoError ERR_CONFIG when the folder cannot be created, ERR_IO when the disk is full or fails
 */
export function makeOutputFolder(folder: string): string | undefined {
  const place = outputPlace(folder);
  try {
    return makeFolders(place);
  } catch (error) {
    throw writeError(folder, error);
  }
}

/**
 * Refuses an output that would replace what the same command reads, also when one of the two is a link to the other.
 *
 * @param inputs files and folders that are read. Those that do not exist, such as the name of a preset, are passed
 *   over.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function refuseInputAsOutput(output: string, inputs: readonly (string | undefined)[]): void {
  const place = outputPlace(output);
  if (!existsSync(place)) return;
  const real = realpathSync.native(place);
  const same = inputs.find(
    (input) => input !== undefined && existsSync(input) && realpathSync.native(input) === real,
  );
  if (same === undefined) return;
  const which = path.resolve(same) === path.resolve(output) ? "" : `is the same as ${same}, which `;
  refuse(`${output} ${which}is read and would be replaced; expected another name for the output`);
}
