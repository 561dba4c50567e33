import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { checkUnlocked, lockFolder } from "../../lib/run/lock.ts";

const scratchFolder = (): string => mkdtempSync(path.join(os.tmpdir(), "dppo-lock-"));
const lockFile = (folder: string): string => path.join(folder, "lock.json");

function writeOwner(folder: string, owner: object, ageSeconds = 0): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(lockFile(folder), JSON.stringify(owner));
  const time = new Date(Date.now() - ageSeconds * 1000);
  utimesSync(lockFile(folder), time, time);
}

describe("lockFolder", () => {
  it("creates the folder, refuses a second lock with the owner's name, and leaves nothing behind", () => {
    const scratch = scratchFolder();
    const folder = path.join(scratch, "runs/one");
    const lock = lockFolder(folder);
    const owner = new RegExp(`in use by process ${process.pid} on ${os.hostname()} since 20\\d\\d-`);
    expect(() => lockFolder(folder)).toThrow(owner);
    expect(() => checkUnlocked(folder)).toThrow(owner);
    lock.release();
    lock.release();
    expect(readdirSync(scratch)).toEqual([]);
    lockFolder(folder).release();
  });

  it("takes over the lock of a process that is gone", async () => {
    const folder = scratchFolder();
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    writeOwner(folder, { pid: child.pid, host: os.hostname(), ticks: null, since: "2020-01-01T00:00:00Z" });
    const lock = lockFolder(folder);
    expect(readFileSync(lockFile(folder), "utf8")).toContain(`"pid":${process.pid},`);
    lock.release();
  });

  it.runIf(existsSync("/proc/self/stat"))(
    "takes over the lock of a process that has ended and whose parent does not take notice",
    async () => {
      const folder = scratchFolder();
      // The shell becomes another program, which does not wait for the shell's child.
      const parent = spawn("sh", ["-c", "sleep 0.01 & echo $!; exec sleep 60"]);
      const [output] = await once(parent.stdout, "data");
      const pid = Number(String(output));
      const stat = (): string => readFileSync(`/proc/${pid}/stat`, "utf8");
      while (!stat().includes(") Z ")) await new Promise((resolve) => setTimeout(resolve, 10));
      const ticks = stat().split(" ")[21];
      writeOwner(folder, { pid, host: os.hostname(), ticks, since: "2020-01-01T00:00:00Z" });
      lockFolder(folder).release();
      parent.kill();
    },
  );

  it.runIf(existsSync("/proc/self/stat"))(
    "takes over the lock of an earlier process with the same number",
    () => {
      const folder = scratchFolder();
      writeOwner(folder, {
        pid: process.pid,
        host: os.hostname(),
        ticks: "1",
        since: "2020-01-01T00:00:00Z",
      });
      lockFolder(folder).release();
    },
  );

  it("judges the lock of another host by its age", () => {
    const folder = scratchFolder();
    const owner = { pid: 1, host: "another-host", ticks: null, since: "2020-01-01T00:00:00Z" };
    writeOwner(folder, owner, 60);
    expect(() => lockFolder(folder)).toThrow("in use by process 1 on another-host");
    writeOwner(folder, owner, 3600);
    lockFolder(folder).release();
    // Clocks differ by minutes or by a time zone. A lock of the year after was written by a clock that was wrong.
    writeOwner(folder, owner, -14 * 3600);
    expect(() => lockFolder(folder)).toThrow("in use by process 1 on another-host");
    writeOwner(folder, owner, -365 * 86_400);
    lockFolder(folder).release();
  });

  it("judges the lock of another container with this host's name by its age", () => {
    const folder = scratchFolder();
    // The number is that of this process, which started at another time. In one container, the owner would be gone.
    const owner = { pid: process.pid, host: os.hostname(), ticks: "1", since: "2020-01-01T00:00:00Z" };
    writeOwner(folder, { ...owner, namespace: "pid:[1]" }, 40);
    expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid} on ${os.hostname()}`);
    writeOwner(folder, { ...owner, namespace: "pid:[1]" }, 80);
    lockFolder(folder).release();
    writeOwner(folder, owner, 0);
    lockFolder(folder).release();
  });

  it.each(["", "null", "{}", '{"pid":"x"}', "\0"])("takes over a damaged lock: %j", (text) => {
    const folder = scratchFolder();
    writeFileSync(lockFile(folder), text);
    lockFolder(folder).release();
  });

  it("survives a heartbeat that fails, because a disk or a user has replaced the lock", () => {
    vi.useFakeTimers();
    try {
      const folder = scratchFolder();
      const lock = lockFolder(folder);
      rmSync(lockFile(folder));
      mkdirSync(lockFile(folder));
      expect(() => vi.advanceTimersByTime(60_000)).not.toThrow();
      expect(() => lock.release()).toThrow("lock.json is not a file; remove it");
    } finally {
      vi.useRealTimers();
    }
  });

  it("refuses something else in place of the lock", () => {
    const folder = scratchFolder();
    mkdirSync(lockFile(folder));
    expect(() => lockFolder(folder)).toThrow("lock.json is not a file; remove it");
    expect(readdirSync(folder)).toEqual(["lock.json"]);
  });

  it("takes a lock again that was only removed", () => {
    const folder = scratchFolder();
    const lock = lockFolder(folder);
    rmSync(lockFile(folder));
    lock.check();
    expect(existsSync(lockFile(folder))).toBe(true);
    lock.release();
  });

  it("finds out that the folder was moved, replaced or taken over", () => {
    const folder = scratchFolder();
    const lock = lockFolder(folder);
    lock.check();
    const moved = `${folder}-moved`;
    renameSync(folder, moved);
    expect(() => lock.check()).toThrow(`${folder} was moved, removed or replaced during the run`);
    writeFileSync(folder, "a file");
    expect(() => lock.check()).toThrow("was moved, removed or replaced");
    lock.release();
    rmSync(folder);
    renameSync(moved, folder);
    lock.check();
    writeOwner(folder, { pid: 1, host: "another-host", ticks: null, since: "2020-01-01T00:00:00Z" });
    expect(() => lock.check()).toThrow("or another run has its lock.json; nothing more is written to it");
  });

  it("does not remove a lock that another process has taken over", () => {
    const folder = scratchFolder();
    const lock = lockFolder(folder);
    const other = { pid: 1, host: "another-host", ticks: null, since: "2020-01-01T00:00:00Z" };
    writeOwner(folder, other);
    lock.release();
    expect(JSON.parse(readFileSync(lockFile(folder), "utf8"))).toEqual(other);
  });
});
