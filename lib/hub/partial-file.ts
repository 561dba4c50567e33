import { readdir, rename } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isRunning } from "../process-state.ts";

/** Number of partial files that this process has claimed. */
let claims = 0;

const ownerOf = (host: string, pid: number): string => `${encodeURIComponent(host)}-${pid}`;

/** Returns whether nobody writes to a partial file: it was released, or its owner on this host is gone. */
function isFree(name: string, blob: string): boolean {
  if (name === `${blob}.partial`) return true;
  const owner = name.startsWith(`${blob}.partial-`) ? name.slice(`${blob}.partial-`.length) : "";
  const pid = Number(/-(\d+)-\d+$/.exec(owner)?.[1]);
  return Number.isInteger(pid) && owner.startsWith(`${ownerOf(os.hostname(), pid)}-`) && !isRunning(pid);
}

/**
 * Returns the path under which this call alone downloads a blob, since other processes can download the same model at
 * the same time. The bytes that an earlier download has left are taken over; otherwise there is no file yet.
 *
 * @param blob path of the complete file, in an existing folder
 */
export async function claimPartialFile(blob: string): Promise<string> {
  const folder = path.dirname(blob);
  claims += 1;
  const own = `${blob}.partial-${ownerOf(os.hostname(), process.pid)}-${claims}`;
  for (const name of (await readdir(folder)).filter((each) => isFree(each, path.basename(blob)))) {
    const isTaken = await rename(path.join(folder, name), own).then(
      () => true,
      // Another process was faster.
      () => false,
    );
    if (isTaken) break;
  }
  return own;
}

/** Leaves a partial file, which need not exist, to the next download of the blob. */
export async function releasePartialFile(partial: string, blob: string): Promise<void> {
  await rename(partial, `${blob}.partial`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
