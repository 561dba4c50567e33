import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rangeText, SUPPORTED } from "../../native/tools/libtorch-version.js";
import { addonFile, buildStamp, readStamp, stampFile } from "../../native/tools/stamp.js";

const LIBTORCH = { path: "/opt/libtorch", version: "2.13.0", flavour: "cpu", source: "LIBTORCH" } as const;
const FILES = ["CMakeLists.txt", "native/cmake/Addon.cmake", "native/core/base/a.cc", "native/binding/b.cc"];

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-stamp-"));
  for (const file of [...FILES, "native/tools/build.js", "native/test/a_test.cc"]) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), `// ${file}\n`);
  }
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the stamp of a build", () => {
  it("is the same for the same sources, libtorch and flags", () => {
    expect(buildStamp(root, LIBTORCH, "linux x64")).toEqual(buildStamp(root, LIBTORCH, "linux x64"));
  });

  it.each(FILES)("changes with %s", (file) => {
    const before = buildStamp(root, LIBTORCH, "");
    appendFileSync(path.join(root, file), "x");
    expect(buildStamp(root, LIBTORCH, "")).not.toEqual(before);
  });

  it("changes with a new or a renamed source, with libtorch and with flags", () => {
    const stamps = [buildStamp(root, LIBTORCH, "")];
    writeFileSync(path.join(root, "native/core/base/c.cc"), "// native/core/base/a.cc\n");
    stamps.push(buildStamp(root, LIBTORCH, ""));
    rmSync(path.join(root, "native/core/base/a.cc"));
    stamps.push(buildStamp(root, LIBTORCH, ""));
    stamps.push(buildStamp(root, { ...LIBTORCH, version: "2.12.1" }, ""));
    stamps.push(buildStamp(root, { ...LIBTORCH, path: "/other" }, ""));
    stamps.push(buildStamp(root, LIBTORCH, "clang++"));
    expect(new Set(stamps.map((stamp) => JSON.stringify(stamp))).size).toBe(6);
  });

  it("does not change with tools or tests, which are not part of the addon", () => {
    const before = buildStamp(root, LIBTORCH, "");
    appendFileSync(path.join(root, "native/tools/build.js"), "x");
    appendFileSync(path.join(root, "native/test/a_test.cc"), "x");
    expect(buildStamp(root, LIBTORCH, "")).toEqual(before);
  });

  it("is valid only if the addon exists", () => {
    const stamp = buildStamp(root, LIBTORCH, "");
    mkdirSync(path.dirname(addonFile(root)), { recursive: true });
    writeFileSync(stampFile(root), JSON.stringify(stamp));
    expect(readStamp(root)).toBeUndefined();
    writeFileSync(addonFile(root), "");
    expect(readStamp(root)).toEqual(stamp);
  });
});

describe("the supported range", () => {
  it("is the same for CMake and for the tools", () => {
    const cmake = readFileSync(
      path.resolve(import.meta.dirname, "../../native/cmake/Libtorch.cmake"),
      "utf8",
    );
    const [, low] = /set\(DPPO_TORCH_MIN ([\d.]+)\)/.exec(cmake) ?? [];
    const [, beyond] = /set\(DPPO_TORCH_MAX ([\d.]+)\)/.exec(cmake) ?? [];
    const [major, minor] = SUPPORTED.max as [number, number];
    expect([low, beyond]).toEqual([SUPPORTED.min.join("."), `${major}.${minor + 1}`]);
    expect(rangeText()).toBe(`${low} to ${major}.${minor}`);
  });
});
