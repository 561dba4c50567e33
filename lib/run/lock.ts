import {
  closeSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { fileErrorCode } from "../files/file-error.ts";
import { removeMadeFolders } from "../files/make-folders.ts";
import { makeOutputFolder } from "../files/output-place.ts";
import { isRunning, processFields } from "../process-state.ts";

/** Content of a lock file: the process that writes to the folder. */
interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in ticks since the host started, which tells a process from a later one with its number. */
  readonly ticks: string | null;
  /** Within which the number of the process counts, such as that of a container; null on systems without it. */
  readonly namespace?: string | null;
  /** Time at which the lock was taken, in ISO 8601. */
  readonly since: string;
}

/** A lock of a folder that this process holds. */
export interface FolderLock {
  /**
   * Checks that this process still holds the lock. It does not when the folder was moved, removed or replaced
   * meanwhile, or when another run has the lock. A lock that somebody only removed is taken again.
   * @throws DialoguePpoError ERR_IO
   */
  check(): void;
  /**
   * Removes the lock, and the folder if the lock created it and nothing else was written. A second call does nothing.
   * A lock that the file system does not let go stays.
   */
  release(): void;
}

const LOCK_FILE = "lock.json";
const HEARTBEAT_SECONDS = 20;
/**
 * Age after which the lock of a process that cannot be examined counts as left behind: one on another host, and one in
 * another container of this host, where no clock or network can delay the heartbeat.
 */
const STALE_SECONDS = { otherHost: 15 * HEARTBEAT_SECONDS, otherContainer: 3 * HEARTBEAT_SECONDS };
/**
 * A lock that is this much newer than a new file was written by a clock that was wrong, or has its time from a copy. It
 * is longer than the clocks of two hosts, or their time zones, differ, so the lock of a running process never is.
 */
const FUTURE_SECONDS = 24 * 3600;

/** Returns the start time of a process; null on systems without /proc, and when there is no such process. */
const startTicks = (pid: number): string | null => processFields(pid)?.[19] ?? null;

/** Returns the namespace in which this process has its number; null on systems without namespaces. */
function processNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

function isOwnerRunning({ pid, ticks }: LockOwner): boolean {
  if (!isRunning(pid)) return false;
  const now = startTicks(pid);
  return ticks === null || now === null || ticks === now;
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<LockOwner> | null;
    const isOwner = Number.isInteger(owner?.pid) && typeof owner?.host === "string";
    return isOwner ? (owner as LockOwner) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the time that a new file in a folder gets, in milliseconds. On a shared disk it is the time of the server:
 * the clock of this host can differ from that of the host whose lock is judged.
 */
function fileSystemTime(folder: string): number {
  const probe = path.join(folder, `lock-time-${process.pid}`);
  try {
    writeFileSync(probe, "");
    return statSync(probe).mtimeMs;
  } catch {
    // The folder is read-only, so this process will not write into it anyway.
    return Date.now();
  } finally {
    rmSync(probe, { force: true });
  }
}

/**
 * Returns the content of a lock file; undefined when there is none.
 * @throws DialoguePpoError ERR_CONFIG when something else has its name
 */
function readLock(file: string): string | undefined {
  try {
    if (!lstatSync(file).isFile())
      throw new DialoguePpoError("ERR_CONFIG", `${file} is not a file; remove it`);
    return readFileSync(file, "utf8");
  } catch (error) {
    // A file in place of the folder holds no lock either.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/**
 * Writes the content of a lock file again, so that the server of a shared disk gives it the present time. A failure is
 * ignored: nobody catches what a timer throws, and a lock that was not renewed only looks older to other hosts.
 */
function renew(file: string, text: string): void {
  try {
    if (readLock(file) !== text) return;
    // The file is never empty meanwhile, as it would be if it was opened for writing.
    const handle = openSync(file, "r+");
    try {
      writeSync(handle, text, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    // The next call tries again.
  }
}

/** Returns the process that holds the lock in `file`; undefined when nobody does or the owner is gone. */
function findOwner(file: string): LockOwner | undefined {
  const text = readLock(file);
  const owner = text === undefined ? undefined : parseOwner(text);
  if (owner === undefined) return undefined;
  const isSameHost = owner.host === os.hostname();
  const namespace = processNamespace();
  if (isSameHost && (owner.namespace ?? namespace) === namespace)
    return isOwnerRunning(owner) ? owner : undefined;
  const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const age = (fileSystemTime(path.dirname(file)) - written) / 1000;
  const isRenewed = age < STALE_SECONDS[isSameHost ? "otherContainer" : "otherHost"] && age > -FUTURE_SECONDS;
  return isRenewed ? owner : undefined;
}

/**
 * Checks that no running process writes to a folder. The folder need not exist.
 * @throws DialoguePpoError ERR_CONFIG naming the process
 */
export function checkUnlocked(folder: string): void {
  const file = path.join(folder, LOCK_FILE);
  const owner = findOwner(file);
  if (owner === undefined) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${folder} is in use by process ${owner.pid} on ${owner.host} since ${owner.since}; wait until it ends, or pass another ` +
      `folder (if it does not run any more, remove ${file})`,
  );
}

/**
 * Removes a lock that was left behind. Two processes can find it at once, and the slower one must not remove the lock
 * that the faster one has taken meanwhile.
 *
 * @param stale content of the lock that was left behind
 */
function removeStale(file: string, stale: string | undefined): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readLock(aside) === stale) rmSync(aside);
  else renameSync(aside, file);
}

/**
 * Creates the lock with its content in one step, so that no other process finds it empty.
 * @returns false when there is a lock already
 */
function createLock(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // A file system without links, such as FAT.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    return createEmptyLock(file, text);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Creates the lock where a file system has no links. For a moment the lock is empty. */
function createEmptyLock(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Locks a folder against other processes, and against other runs in this process. A lock whose owner is gone is taken
 * over.
 * @throws DialoguePpoError ERR_CONFIG naming the process that holds the lock
 */
export function lockFolder(folder: string): FolderLock {
  // The folder can be a link. It is left as it is.
  const created = makeOutputFolder(folder);
  const place = realpathSync(folder);
  const { dev, ino } = statSync(folder);
  const isSameFolder = (): boolean => {
    const now = statSync(folder, { throwIfNoEntry: false });
    return now?.dev === dev && now.ino === ino;
  };
  const file = path.join(folder, LOCK_FILE);
  const owner: LockOwner = {
    pid: process.pid,
    host: os.hostname(),
    ticks: startTicks(process.pid),
    namespace: processNamespace(),
    since: new Date().toISOString(),
  };
  const text = `${JSON.stringify(owner)}\n`;
  while (!createLock(file, text)) {
    const found = readLock(file);
    checkUnlocked(folder);
    removeStale(file, found);
  }
  // A process on another host or in another container judges by the age of the file.
  const heartbeat = setInterval(() => renew(file, text), HEARTBEAT_SECONDS * 1000);
  heartbeat.unref();
  return {
    check: () => {
      if (readLock(file) === text || (isSameFolder() && createLock(file, text))) return;
      throw new DialoguePpoError(
        "ERR_IO",
        `${folder} was moved, removed or replaced during the run, or another run has its ${LOCK_FILE}; nothing more is written to it`,
      );
    },
    release: () => {
      clearInterval(heartbeat);
      if (readLock(file) !== text) return;
      try {
        rmSync(file, { force: true });
        removeMadeFolders(place, created);
      } catch (error) {
        // On a disk that has become read-only, this would hide the error with which the run ended. The lock that stays
        // is taken over, since its process is gone.
        if (fileErrorCode(error) === undefined) throw error;
      }
    },
  };
}
