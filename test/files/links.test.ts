import { spawnSync } from "node:child_process";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AtomicFile, writeFileAtomic } from "../../lib/files/atomic-file.ts";
import { writeFilesAtomic, writeFolderAtomic } from "../../lib/files/atomic-folder.ts";
import { checkOutput } from "../../lib/files/check-output.ts";
import { makeOutputFolder, outputPlace } from "../../lib/files/output-place.ts";
import { lockFolder } from "../../lib/run/lock.ts";
import { temporaryFolder } from "../temporary.ts";

let home: string;
const at = (...names: string[]): string => path.join(home, ...names);
const text = (...names: string[]): string => readFileSync(at(...names), "utf8");
const isLink = (name: string): boolean => lstatSync(at(name)).isSymbolicLink();

/** A folder of the user and another one, which stands for a large disk. */
beforeEach(() => {
  home = temporaryFolder();
  for (const name of ["user", "disk"]) mkdirSync(at(name));
});

const WRITERS: Record<string, (file: string, content: string) => Promise<void>> = {
  "in one piece": async (file, content) => writeFileAtomic(file, content),
  "by several processes": async (file, content) => writeFileAtomic(file, content, { shared: true }),
  "in pieces": async (file, content) => {
    const opened = await AtomicFile.open(file);
    await opened.write(content);
    await opened.finish();
  },
};

describe.each(Object.entries(WRITERS))("a link to a file that is written %s", (_, write) => {
  it("stays, and the file where it leads is replaced", async () => {
    writeFileSync(at("disk", "a.csv"), "old");
    symlinkSync(at("disk", "a.csv"), at("user", "first"));
    symlinkSync("first", at("user", "second"));
    checkOutput(at("user", "second"), "file");
    await write(at("user", "second"), "new");
    expect(text("disk", "a.csv")).toBe("new");
    expect(readlinkSync(at("user", "second"))).toBe("first");
    expect(readdirSync(at("disk"))).toEqual(["a.csv"]);
    expect(readdirSync(at("user"))).toEqual(["first", "second"]);
  });

  it("that leads to no file yet creates it", async () => {
    symlinkSync("../disk/a.csv", at("user", "link"));
    checkOutput(at("user", "link"), "file");
    expect(readdirSync(at("disk"))).toEqual([]);
    await write(at("user", "link"), "new");
    expect(text("disk", "a.csv")).toBe("new");
    expect(isLink("user/link")).toBe(true);
  });

  it("that leads into no folder, or in a circle, is refused and stays", async () => {
    symlinkSync(at("missing", "a.csv"), at("user", "unmounted"));
    symlinkSync("b", at("user", "a"));
    symlinkSync("a", at("user", "b"));
    const refusals = {
      unmounted: /user\/unmounted is a link to .*missing does not exist/,
      a: /form a loop \(ELOOP\)/,
    };
    for (const [name, message] of Object.entries(refusals)) {
      const refusal = { code: "ERR_CONFIG", message: expect.stringMatching(message) };
      await expect(write(at("user", name), "new")).rejects.toMatchObject(refusal);
      expect(() => checkOutput(at("user", name), "file")).toThrow(message);
    }
    expect(readdirSync(home)).toEqual(["disk", "user"]);
    expect(readdirSync(at("user"))).toEqual(["a", "b", "unmounted"]);
  });

  it("counts .. from where the folder of a link lies", async () => {
    mkdirSync(at("disk", "deep", "inner"), { recursive: true });
    symlinkSync(at("disk", "deep", "inner"), at("user", "inner"));
    symlinkSync("inner/../a.csv", at("user", "link"));
    await write(at("user", "link"), "new");
    expect(text("disk", "deep", "a.csv")).toBe("new");
  });

  it("is no way to replace a pipe or a device", async () => {
    expect(spawnSync("mkfifo", [at("disk", "pipe")], { timeout: 10_000 }).status).toBe(0);
    symlinkSync(at("disk", "pipe"), at("user", "link"));
    symlinkSync("/dev/null", at("user", "null"));
    for (const name of ["disk/pipe", "user/link", "user/null"]) {
      await expect(write(at(name), "new")).rejects.toThrow(/is a pipe, a socket or a device/);
      expect(() => checkOutput(at(name), "file")).toThrow(/is a pipe, a socket or a device/);
    }
    expect(lstatSync(at("disk", "pipe")).isFIFO()).toBe(true);
  });
});

it.runIf(process.platform === "linux")(
  "an open file of a process, such as /dev/stdout, is not replaced",
  () => {
    const descriptor = openSync(at("disk", "open"), "w");
    symlinkSync(`/proc/self/fd/${descriptor}`, at("user", "link"));
    try {
      for (const file of [at("user", "link"), `/dev/fd/${descriptor}`]) {
        expect(() => writeFileAtomic(file, "new")).toThrow(/is an open file of a process/);
      }
    } finally {
      closeSync(descriptor);
    }
    expect(text("disk", "open")).toBe("");
  },
);

describe("a link to a folder", () => {
  const write = (folder: string): Promise<void> =>
    writeFolderAtomic(folder, async (partial) => writeFileSync(path.join(partial, "new"), "new"));

  it("stays, and the folder where it leads is replaced", async () => {
    mkdirSync(at("disk", "spaces"));
    writeFileSync(at("disk", "spaces", "old"), "old");
    symlinkSync(at("disk", "spaces"), at("user", "spaces"));
    checkOutput(at("user", "spaces"), "folder");
    await write(at("user", "spaces"));
    expect(readdirSync(at("disk", "spaces"))).toEqual(["new"]);
    expect(isLink("user/spaces")).toBe(true);
    expect([readdirSync(at("disk")), readdirSync(at("user"))]).toEqual([["spaces"], ["spaces"]]);
  });

  it("that leads to no folder yet creates it", async () => {
    for (const name of ["written", "filled", "made", "locked"])
      symlinkSync(at("disk", name), at("user", name));
    await write(at("user", "written"));
    await writeFilesAtomic(
      at("user", "filled"),
      async (partial) => writeFileSync(path.join(partial, "x"), "x"),
      "x",
    );
    makeOutputFolder(at("user", "made"));
    const lock = lockFolder(at("user", "locked"));
    expect(readdirSync(at("disk", "locked"))).toEqual(["lock.json"]);
    lock.release();
    // The lock removes the folder that it has created.
    expect(readdirSync(at("disk"))).toEqual(["filled", "made", "written"]);
    expect(text("disk", "filled", "x")).toBe("x");
    expect(readdirSync(at("user")).every((name) => isLink(`user/${name}`))).toBe(true);
  });

  it("that leads into no folder, or in a circle, is refused", async () => {
    symlinkSync(at("missing", "run"), at("user", "unmounted"));
    symlinkSync("loop", at("user", "loop"));
    for (const name of ["unmounted", "loop"]) {
      const folder = at("user", name);
      const message = name === "loop" ? /form a loop/ : /missing does not exist/;
      await expect(write(folder)).rejects.toThrow(message);
      expect(() => makeOutputFolder(folder)).toThrow(message);
      expect(() => lockFolder(folder)).toThrow(message);
      expect(() => checkOutput(folder, "filled folder")).toThrow(message);
    }
    expect(readdirSync(home)).toEqual(["disk", "user"]);
  });

  it("keeps links to single files in a folder that is filled", async () => {
    writeFileSync(at("disk", "weights"), "old");
    symlinkSync(at("disk", "weights"), at("user", "weights"));
    const fill = async (partial: string): Promise<void> => {
      for (const name of ["weights", "config"]) writeFileSync(path.join(partial, name), "new");
    };
    await writeFilesAtomic(at("user"), fill, "weights");
    expect(text("disk", "weights")).toBe("new");
    expect(isLink("user/weights")).toBe(true);
    expect(text("user", "config")).toBe("new");
    expect(readdirSync(at("user"))).toEqual(["config", "weights"]);
  });
});

it("an output that is no link has the place that it names", () => {
  expect(outputPlace(at("disk", "..", "new", "file"))).toBe(at("new", "file"));
});
