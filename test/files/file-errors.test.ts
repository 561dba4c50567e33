import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { AtomicFile, writeFileAtomic } from "../../lib/files/atomic-file.ts";
import { writeFolderAtomic } from "../../lib/files/atomic-folder.ts";
import { readError, writeError } from "../../lib/files/file-error.ts";
import { appendJsonLines } from "../../lib/run/log-file.ts";
import { temporaryFolder } from "../temporary.ts";

// The temporary names must be known, so that they can lead to the full device.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomUUID: () => "00000000-0000-4000-8000-000000000000",
}));

const hasFullDevice = existsSync("/dev/full");

/** Error of the system with the given name, as Node makes it. */
const systemError = (code: string): Error => Object.assign(new Error(`${code}: text, write`), { code });

describe("an error while reading", () => {
  it.each(["EMFILE", "ENFILE", "ENOMEM"])("%s says nothing about the file", (name) => {
    const error = readError("run/log.json", systemError(name), "ERR_DATA", "a JSON file");
    expect(error).toMatchObject({ code: "ERR_IO", exitCode: 1 });
    expect(error.message).toMatch(/^run\/log\.json: .*(too many open files|out of memory)/);
    expect(error.message).not.toContain("expected");
  });

  it.each(["ENOENT", "EACCES", "EIO", "EISDIR"])("%s has the caller's code", (name) => {
    const error = readError("run/log.json", systemError(name), "ERR_DATA", "a JSON file");
    expect(error).toMatchObject({ code: "ERR_DATA", exitCode: 2 });
    expect(error.message).toMatch(/^run\/log\.json: .*; expected a JSON file$/);
  });

  it("is recognised when only the message has its name, as with Node's loader of modules", () => {
    const error = readError(
      "x.js",
      new Error("EMFILE: too many open files, open 'x.js'"),
      "ERR_DATA",
      "text",
    );
    expect(error.message).toBe("x.js: this process has too many open files (ulimit -n)");
  });

  it("leaves an error of this package as it is", () => {
    const own = new DialoguePpoError("ERR_MODEL", "x");
    expect(readError("file", own, "ERR_DATA", "a JSON file")).toBe(own);
  });
});

describe("an error while writing", () => {
  it.each([
    ["ENOSPC", "ERR_IO", 1],
    ["EDQUOT", "ERR_IO", 1],
    ["EIO", "ERR_IO", 1],
    ["EMFILE", "ERR_IO", 1],
    ["EFBIG", "ERR_IO", 1],
    ["EACCES", "ERR_CONFIG", 2],
    ["EROFS", "ERR_CONFIG", 2],
    ["ENOTDIR", "ERR_CONFIG", 2],
  ])("%s is %s with exit code %i, in one line with the path", (name, code, exitCode) => {
    const error = writeError("run/log.jsonl", systemError(name)) as DialoguePpoError;
    expect(error).toMatchObject({ code, exitCode });
    expect(error.message).toMatch(new RegExp(`^run/log\\.jsonl cannot be written: .*\\(${name}\\)$`));
  });

  it("leaves other errors as they are", () => {
    const own = new DialoguePpoError("ERR_MODEL", "x");
    expect(writeError("file", own)).toBe(own);
    const other = new TypeError("x");
    expect(writeError("file", other)).toBe(other);
  });
});

describe.skipIf(!hasFullDevice)("a full disk", () => {
  // Writes through a link to /dev/full fail as on a full disk.
  const full = { code: "ERR_IO", exitCode: 1 };

  it("is reported for a file that is written as a whole, and the old file stays", () => {
    const file = path.join(temporaryFolder(), "a.json");
    symlinkSync("/dev/full", `${file}.partial`);
    expect(() => writeFileAtomic(file, "text")).toThrow(expect.objectContaining(full));
    expect(existsSync(`${file}.partial`)).toBe(false);
  });

  it("is reported for a file that is written in pieces", async () => {
    const file = path.join(temporaryFolder(), "scores.csv");
    symlinkSync("/dev/full", `${file}.partial-${process.pid}-00000000`);
    const output = await AtomicFile.open(file);
    await expect(output.write("text")).rejects.toMatchObject({
      ...full,
      message: expect.stringContaining(file),
    });
    await output.discard();
    expect(existsSync(file)).toBe(false);
  });

  it("is reported for a folder, whose old content stays", async () => {
    const folder = path.join(temporaryFolder(), "checkpoint");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "old"), "");
    const write = async (): Promise<void> => writeFileSync("/dev/full", "text");
    await expect(writeFolderAtomic(folder, write)).rejects.toMatchObject({
      ...full,
      message: expect.stringMatching(
        /checkpoint cannot be written: no space is left on the disk \(ENOSPC\)$/,
      ),
    });
    expect(existsSync(path.join(folder, "old"))).toBe(true);
    expect(existsSync(`${folder}.partial`)).toBe(false);
  });

  it("is reported for the log of a run", () => {
    expect(() => appendJsonLines("/dev/full", { step: 1 })).toThrow(expect.objectContaining(full));
  });
});
