import { closeSync, openSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";

/**
 * Reasons for which a file can neither be opened for writing nor be replaced. EACCES is not one of them, because only
 * the folder of a file must be writable to replace it.
 */
const LOCKED = ["EPERM", "EROFS", "EBUSY"];

const STICKY = 0o1000;

/** Returns the places at which file systems, folders or files are mounted; none on systems that do not list them. */
function mountPoints(): string[] {
  let lines: string[];
  try {
    lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  } catch {
    return [];
  }
  // Blanks and backslashes in a name are written as three octal digits.
  return lines.map((line) =>
    (line.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, (_, digits) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    ),
  );
}

/** Returns whether a folder lets only the owner of a file replace it, as /tmp does, and this user does not own it. */
function isOthers(stats: Stats, folder: Stats): boolean {
  const user = process.geteuid?.();
  if (user === undefined || user === 0 || (folder.mode & STICKY) === 0) return false;
  return stats.uid !== user && folder.uid !== user;
}

/** @throws the error of the file system when a file cannot be changed by anybody, such as one with `chattr +i` */
function checkChangeable(file: string): void {
  try {
    closeSync(openSync(file, "r+"));
  } catch (error) {
    if (LOCKED.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/**
 * Checks that the system lets a file or folder be replaced by another one. That another file can be written beside it
 * is not enough.
 *
 * @param target the file or folder as the caller names it
 * @param place where it is
 * @throws DialoguePpoError ERR_CONFIG when it is a mount point, or another user's file in a folder like /tmp
 * @throws the error of the file system when it cannot be changed
 */
export function checkReplaceable(target: string, place: string): void {
  const real = realpathSync.native(place);
  if (mountPoints().includes(real)) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${target} is a mount point, which cannot be replaced; expected another name`,
    );
  }
  const stats = statSync(real);
  const folder = path.dirname(real);
  if (isOthers(stats, statSync(folder))) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${target} belongs to another user, and ${folder} lets only the owner replace it; expected another name`,
    );
  }
  if (stats.isFile()) checkChangeable(real);
}
