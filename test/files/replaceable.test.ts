import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { checkOutput } from "../../lib/files/check-output.ts";
import { temporaryFolder } from "../temporary.ts";

let home: string;
const at = (...names: string[]): string => path.join(home, ...names);
beforeEach(() => {
  home = temporaryFolder();
});

const attribute = (...words: string[]): boolean => spawnSync("chattr", words).status === 0;

/** Whether this user and the file system of temporary files know the attribute of files that nobody may change. */
function hasImmutableFiles(): boolean {
  const file = path.join(temporaryFolder(), "file");
  writeFileSync(file, "");
  return attribute("+i", file) && attribute("-i", file);
}

describe("an output that the system does not let be replaced", () => {
  it.runIf(existsSync("/proc/self/mountinfo"))("is refused beforehand when it is a mount point", () => {
    expect(() => checkOutput("/proc", "folder")).toThrow("/proc is a mount point, which cannot be replaced");
  });

  it("is refused beforehand when it is another user's in a folder like /tmp", () => {
    mkdirSync(at("shared"));
    chmodSync(at("shared"), 0o1777);
    writeFileSync(at("shared", "scores.csv"), "old");
    mkdirSync(at("open"));
    chmodSync(at("open"), 0o777);
    writeFileSync(at("open", "scores.csv"), "old");
    const user = vi.spyOn(process as Required<NodeJS.Process>, "geteuid").mockReturnValue(12345);
    try {
      expect(() => checkOutput(at("shared", "scores.csv"), "file")).toThrow("belongs to another user");
      expect(() => checkOutput(at("shared", "new.csv"), "file")).not.toThrow();
      expect(() => checkOutput(at("open", "scores.csv"), "file")).not.toThrow();
    } finally {
      user.mockRestore();
    }
    expect(() => checkOutput(at("shared", "scores.csv"), "file")).not.toThrow();
  });

  it.runIf(hasImmutableFiles())("is refused beforehand when nobody may change it", () => {
    const file = at("scores.csv");
    writeFileSync(file, "old");
    attribute("+i", file);
    try {
      expect(() => checkOutput(file, "file")).toThrow(`${file} cannot be written: permission denied (EPERM)`);
    } finally {
      attribute("-i", file);
    }
    expect(readdirSync(home)).toEqual(["scores.csv"]);
  });
});

describe("an output in a folder of one's own", () => {
  it("can be replaced even if the file is read-only", () => {
    writeFileSync(at("scores.csv"), "old");
    chmodSync(at("scores.csv"), 0o444);
    expect(() => checkOutput(at("scores.csv"), "file")).not.toThrow();
  });
});
