import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AtomicFile, writeFileAtomic, writeTogether } from "../../lib/files/atomic-file.ts";
import { removeFolder, writeFilesAtomic, writeFolderAtomic } from "../../lib/files/atomic-folder.ts";
import { checkOutput } from "../../lib/files/check-output.ts";
import { publishFile } from "../../lib/files/partial.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-atomic-"));
});
const at = (...names: string[]): string => path.join(home, ...names);
const text = (...names: string[]): string => readFileSync(at(...names), "utf8");

describe("files that belong together", () => {
  it("stay as they were when the second one cannot be written", () => {
    writeFileSync(at("list"), "old");
    writeFileSync(at("file"), "");
    const files = [
      [at("list"), "new"],
      [at("file", "inside"), "new"],
    ] as const;
    expect(() => writeTogether(files)).toThrow(`${at("file", "inside")} cannot be written`);
    expect(text("list")).toBe("old");
    expect(readdirSync(home)).toEqual(["file", "list"]);
  });
});

describe("a file", () => {
  it.each([false, true])("is replaced as a whole and leaves nothing beside it (shared: %s)", (shared) => {
    writeFileAtomic(at("a.json"), "old", { shared });
    writeFileAtomic(at("a.json"), Buffer.from("new"), { shared });
    expect(text("a.json")).toBe("new");
    expect(readdirSync(home)).toEqual(["a.json"]);
  });

  it("keeps its old contents when a crash comes before the rename, and the next write succeeds", () => {
    writeFileAtomic(at("a.json"), "old");
    // What a killed process leaves: a part of the new contents under the temporary name.
    writeFileSync(at("a.json.partial"), "ne");
    expect(text("a.json")).toBe("old");
    writeFileAtomic(at("a.json"), "new");
    expect(text("a.json")).toBe("new");
    expect(readdirSync(home)).toEqual(["a.json"]);
  });

  it("leaves no temporary file when it cannot be written", () => {
    mkdirSync(at("folder", "inside"), { recursive: true });
    expect(() => writeFileAtomic(at("folder"), "text")).toThrow();
    expect(readdirSync(home)).toEqual(["folder"]);
    writeFileSync(at("file"), "");
    expect(() => writeFileAtomic(at("file", "a.json"), "text")).toThrow(/not a folder|ENOTDIR|EEXIST/);
    expect(readdirSync(home)).toEqual(["file", "folder"]);
  });

  it("is written into a folder that does not exist yet", () => {
    writeFileAtomic(at("new", "deep", "a.json"), "text");
    expect(readFileSync(at("new", "deep", "a.json"), "utf8")).toBe("text");
  });

  it("takes its name from a complete file that is there", () => {
    writeFileSync(at("blob.incomplete"), "all of it");
    publishFile(at("blob.incomplete"), at("blob"));
    expect(readdirSync(home)).toEqual(["blob"]);
  });
});

describe("a file written in pieces", () => {
  it("appears when it is finished, not before", async () => {
    writeFileSync(at("rows.csv"), "old");
    const file = await AtomicFile.open(at("rows.csv"));
    await file.write("a\n");
    await file.write("b\n");
    expect(text("rows.csv")).toBe("old");
    await file.finish();
    expect(text("rows.csv")).toBe("a\nb\n");
    expect(readdirSync(home)).toEqual(["rows.csv"]);
  });

  it("leaves nothing when it is discarded", async () => {
    const file = await AtomicFile.open(at("rows.csv"));
    await file.write("a\n");
    await file.discard();
    expect(readdirSync(home)).toEqual([]);
  });
});

describe("a folder", () => {
  const fill = (value: string) => async (folder: string) => {
    mkdirSync(path.join(folder, "deep"));
    writeFileSync(path.join(folder, "deep", "a.txt"), value);
  };

  it.each([false, true])("replaces the folder that had its name (shared: %s)", async (shared) => {
    await writeFolderAtomic(at("model"), fill("old"), { shared });
    writeFileSync(at("model", "extra.txt"), "of the old folder");
    await writeFolderAtomic(at("model"), fill("new"), { shared });
    expect(text("model", "deep", "a.txt")).toBe("new");
    expect(readdirSync(at("model"))).toEqual(["deep"]);
    expect(readdirSync(home)).toEqual(["model"]);
  });

  it("stays as it was when the new one cannot be completed", async () => {
    await writeFolderAtomic(at("model"), fill("old"));
    const failing = writeFolderAtomic(at("model"), async (folder) => {
      await fill("new")(folder);
      throw new Error("no space left");
    });
    await expect(failing).rejects.toThrow("no space left");
    expect(text("model", "deep", "a.txt")).toBe("old");
    expect(readdirSync(home)).toEqual(["model"]);
  });

  it("does not take over what an interrupted process left", async () => {
    mkdirSync(at("model.partial", "half"), { recursive: true });
    await writeFolderAtomic(at("model"), fill("new"));
    expect(existsSync(at("model", "half"))).toBe(false);
    expect(readdirSync(home)).toEqual(["model"]);
  });

  it("comes back when a crash fell between the two renames of its replacement", async () => {
    mkdirSync(at("model.partial.old"));
    writeFileSync(at("model.partial.old", "a.txt"), "the only copy");
    const failing = writeFolderAtomic(at("model"), async () => {
      throw new Error("no space left");
    });
    await expect(failing).rejects.toThrow("no space left");
    expect(text("model", "a.txt")).toBe("the only copy");
  });

  it("is removed as a whole, with what an earlier removal left", () => {
    for (const name of ["model", "model.removed"]) mkdirSync(at(name, "deep"), { recursive: true });
    removeFolder(at("model"));
    expect(readdirSync(home)).toEqual([]);
    mkdirSync(at("model.removed"));
    removeFolder(at("model"));
    expect(readdirSync(home)).toEqual([]);
  });
});

describe("a new folder", () => {
  // Its temporary name is longer than a file system takes.
  const long = `${"n".repeat(250)}.csv`;

  it("is removed with those above it when the file in it cannot be written", async () => {
    expect(() => writeFileAtomic(at("new", "deep", long), "text")).toThrow(/ENAMETOOLONG/);
    await expect(AtomicFile.open(at("new", "deep", long))).rejects.toThrow(/ENAMETOOLONG/);
    const discarded = await AtomicFile.open(at("new", "deep", "a.csv"));
    expect(readdirSync(at("new", "deep"))).toHaveLength(1);
    await discarded.discard();
    expect(readdirSync(home)).toEqual([]);
  });

  it("is removed with those above it when the folder in it cannot be completed", async () => {
    const fail = async (partial: string): Promise<void> => {
      writeFileSync(path.join(partial, "one"), "1");
      throw new Error("no more");
    };
    await expect(writeFolderAtomic(at("new", "deep"), fail)).rejects.toThrow("no more");
    await expect(writeFilesAtomic(at("new", "deep"), fail, "one")).rejects.toThrow("no more");
    expect(readdirSync(home)).toEqual([]);
  });

  it("stays when it holds something else, and so does a folder that was there", async () => {
    mkdirSync(at("old"));
    const file = await AtomicFile.open(at("old", "a.csv"));
    await file.discard();
    const other = await AtomicFile.open(at("new", "a.csv"));
    writeFileSync(at("new", "mine"), "");
    await other.discard();
    expect(readdirSync(home)).toEqual(["new", "old"]);
    expect(readdirSync(at("new"))).toEqual(["mine"]);
  });
});

describe("checkOutput", () => {
  it("passes for a new and an old output and leaves nothing behind", () => {
    const notes: string[] = [];
    const log = { info: (note: string) => void notes.push(note), warn: () => {} };
    checkOutput(at("new/deep/file.csv"), "file", log);
    checkOutput(at("new/folder"), "folder", log);
    expect(readdirSync(home)).toEqual([]);
    expect(notes).toEqual([]);
    writeFileSync(at("old.csv"), "");
    checkOutput(at("old.csv"), "file", log);
    expect(notes).toEqual([`${at("old.csv")} exists and will be replaced`]);
    expect(readdirSync(home)).toEqual(["old.csv"]);
  });

  it("names an output of the wrong kind and a place that cannot be written to", () => {
    writeFileSync(at("old.csv"), "");
    expect(() => checkOutput(at("."), "file")).toThrow(/is a folder; expected the name of a file to write/);
    expect(() => checkOutput(at("old.csv"), "folder")).toThrow(/is a file; expected the name of a folder/);
    expect(() => checkOutput(at("old.csv/new.csv"), "file")).toThrow(/cannot be written: .*not a folder/);
  });
});

describe("two files with the same name", () => {
  it("are written apart, and each is complete", async () => {
    const [one, other] = [await AtomicFile.open(at("out.csv")), await AtomicFile.open(at("out.csv"))];
    await one.write("1");
    await other.write("2");
    await one.write("1");
    await one.finish();
    expect(readFileSync(at("out.csv"), "utf8")).toBe("11");
    await other.finish();
    expect(readFileSync(at("out.csv"), "utf8")).toBe("2");
    expect(readdirSync(home)).toEqual(["out.csv"]);
  });
});
