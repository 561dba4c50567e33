import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolders } from "../../lib/files/make-folders.ts";
import { makeOutputFolder } from "../../lib/files/output-place.ts";
import { temporaryFolder } from "../temporary.ts";

const root = temporaryFolder();

describe("folders", () => {
  it("are created with those above them, and the first new one is returned", () => {
    const folder = path.join(root, "a/b/c");
    expect(makeFolders(folder)).toBe(path.join(root, "a"));
    expect(existsSync(folder)).toBe(true);
    expect(makeFolders(folder)).toBeUndefined();
    expect(makeFolders(path.join(folder, "d"))).toBe(path.join(folder, "d"));
  });

  it("cannot be created where a file is", () => {
    const file = path.join(root, "file");
    writeFileSync(file, "");
    expect(() => makeFolders(file)).toThrow(/EEXIST/);
    expect(() => makeFolders(path.join(file, "below"))).toThrow(/ENOTDIR/);
  });

  it("are removed again when one below them cannot be created", () => {
    expect(() => makeFolders(path.join(root, "above", "b", "n".repeat(300)))).toThrow(/ENAMETOOLONG/);
    expect(existsSync(path.join(root, "above"))).toBe(false);
  });

  // Node's mkdirSync with `recursive` never returns there.
  it.runIf(process.platform === "linux")("are refused at once where the system creates none", () => {
    expect(() => makeFolders("/proc/no-folder/below")).toThrow(/ENOENT/);
    expect(() => makeOutputFolder("/proc/no-folder")).toThrow(/\/proc\/no-folder/);
  });
});
