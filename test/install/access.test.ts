import { spawnSync } from "node:child_process";
import { chmodSync, cpSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../lib/package.ts";
import { cacheFolder, expandPath, homeFolder } from "../../native/tools/home.js";
import { temporaryFolder } from "../temporary.ts";
import { fakeTorch } from "./fake-libtorch.ts";

/** User without rights, for checks of permissions in a process of root, who may read everything. */
const NOBODY = 65_534;

/** Calls inspectLibtorch as a user who is not root. */
function inspectAsOther(folder: string): unknown {
  const root = temporaryFolder();
  for (
    let place = root;
    place !== path.dirname(place) && place.startsWith("/tmp/");
    place = path.dirname(place)
  ) {
    chmodSync(place, 0o755);
  }
  cpSync(path.join(packageRoot, "native/tools"), path.join(root, "tools"), { recursive: true });
  cpSync(path.join(packageRoot, "package.json"), path.join(root, "package.json"));
  const program = `import { inspectLibtorch } from ${JSON.stringify(path.join(root, "tools/libtorch-version.js"))};
    console.log(JSON.stringify(inspectLibtorch(${JSON.stringify(folder)})));`;
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const args = ["--input-type=module", "-e", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { ...user, cwd: root, encoding: "utf8" });
  return stdout === "" ? stderr : JSON.parse(stdout);
}

describe.skipIf(process.platform === "win32")("a libtorch in the home folder of another user", () => {
  it("cannot be read by this user, which is not the same as missing", () => {
    const parent = temporaryFolder();
    const torch = fakeTorch(path.join(parent, "torch"), { headers: "2.13.0" });
    chmodSync(parent, 0o755);
    expect(inspectAsOther(torch)).toMatchObject({ version: "2.13.0" });
    chmodSync(parent, 0);
    expect(inspectAsOther(torch)).toEqual({ problem: `${torch} cannot be read by this user` });
    chmodSync(parent, 0o755);
    expect(inspectAsOther(path.join(parent, "absent"))).toMatchObject({
      problem: expect.stringContaining("has no torch headers"),
    });
  });
});

describe("the home folder", () => {
  it("is HOME, and for an empty HOME that of the user database", () => {
    expect(homeFolder({ HOME: "/h" })).toBe("/h");
    expect(path.isAbsolute(homeFolder({ HOME: "" }))).toBe(true);
    expect(homeFolder({ HOME: "" })).toBe(homeFolder({}));
  });

  it("stands in for ~ in the cache's variable, which may be empty", () => {
    expect(cacheFolder({ HOME: "/h" })).toBe("/h/.cache/dialogue-ppo");
    expect(cacheFolder({ HOME: "/h", XDG_CACHE_HOME: "" })).toBe("/h/.cache/dialogue-ppo");
    expect(cacheFolder({ HOME: "/h", XDG_CACHE_HOME: "~/c" })).toBe("/h/c/dialogue-ppo");
    expect(() => cacheFolder({ HOME: "/h", XDG_CACHE_HOME: "~other/c" })).toThrow(
      /set XDG_CACHE_HOME to a folder/,
    );
    expect(expandPath("$A/~/$B", { A: "/a" })).toBe("/a/~/$B");
  });
});
