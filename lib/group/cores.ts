import { existsSync, readFileSync } from "node:fs";
import os from "node:os";

/** The cores that a process may use. */
export interface Cores {
  readonly host: string;
  /** Their numbers as Linux lists them, such as "0-3"; empty on other systems. */
  readonly list: string;
  readonly count: number;
}

/** Linux's description of this process. */
const STATUS = "/proc/self/status";

/** Returns the cores of this process. A launcher can have bound it to some of the machine's. */
export function ownCores(): Cores {
  const status = existsSync(STATUS) ? readFileSync(STATUS, "utf8") : "";
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? "";
  return { host: os.hostname(), list, count: os.availableParallelism() };
}

/**
 * Returns the number of threads that leaves one core to each thread of the processes that use the same cores, at least
 * 1.
 */
export function threadsFor(own: Cores, all: readonly Cores[]): number {
  const sharing = all.filter(({ host, list }) => host === own.host && list === own.list);
  return Math.max(1, Math.floor(own.count / sharing.length));
}
