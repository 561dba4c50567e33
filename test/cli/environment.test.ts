import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type TinyProject, tinyProject } from "../train/fixture.ts";

const program = path.resolve(import.meta.dirname, "../../dist/cli/main.js");
let project: TinyProject;

beforeAll(async () => {
  project = await tinyProject();
});

const run = (args: string[], cwd: string, env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 50_000,
  });

describe("paths with blanks, signs and letters beyond ASCII", () => {
  it("work for models, data and outputs", () => {
    const folder = path.join(mkdtempSync(path.join(os.tmpdir(), "dppo-path-")), "mein Projekt é #1%20 '");
    mkdirSync(folder);
    cpSync(project.child, path.join(folder, "kind é"), { recursive: true });
    cpSync(project.data, path.join(folder, "daten %41.csv"));
    const turn = run(
      ["generate", "--child", "kind é", "--prompt", "A:: Hi", "--max-new-tokens", "3", "--threads", "1"],
      folder,
    );
    expect([turn.status, turn.stderr]).toEqual([0, expect.stringContaining("child: kind é")]);
    const scored = run(
      ["score", "--data", "daten %41.csv", "--workers", "1", "--output", "aus #é.csv"],
      folder,
    );
    expect([scored.status, readFileSync(path.join(folder, "aus #é.csv"), "utf8").split("\n").length]).toEqual(
      [0, 26],
    );
  }, 60_000);
});

describe("a user without a home that can be written", () => {
  it("gets the same calibration as others, and one warning for each thing that is not cached", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "dppo-home-"));
    writeFileSync(path.join(folder, "data.csv"), readFileSync(project.data));
    const calibrate = (name: string, env: Record<string, string>) =>
      run(["calibrate", "--data", "data.csv", "--min-words", "5", "--output", name], folder, env);
    // Nobody can make a folder below a file, not even root.
    const home = path.join(folder, "data.csv/home");
    const lacking = calibrate("a.json", { HOME: home, XDG_CACHE_HOME: path.join(home, "cache") });
    const normal = calibrate("b.json", { XDG_CACHE_HOME: path.join(folder, "cache") });
    expect([lacking.status, normal.status]).toEqual([0, 0]);
    expect(lacking.stderr.match(/^warning: the .* will not be cached/gm)).toEqual([
      "warning: the semantic spaces will not be cached",
      "warning: the calibration will not be cached",
    ]);
    const values = (name: string) => JSON.parse(readFileSync(path.join(folder, name), "utf8")).indices;
    expect(values("a.json")).toEqual(values("b.json"));
  }, 120_000);
});

it("a working directory that was removed is named", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "dppo-gone-"));
  const command = `rmdir "$PWD" && exec "${process.execPath}" "${program}" steps --data x.csv`;
  const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([2, "dialogue-ppo: the working directory: no such file or folder\n"]);
});

describe("a limit of open files", () => {
  const limited = (limit: number, args: readonly string[]) =>
    spawnSync("prlimit", [`--nofile=${limit}`, process.execPath, program, ...args], {
      encoding: "utf8",
      timeout: 50_000,
    });
  const canLimit = spawnSync("prlimit", ["--version"]).status === 0;

  it.skipIf(!canLimit)("is named in one line at whatever point it is met", () => {
    for (const limit of [20, 22, 26, 30]) {
      const { status, stderr } = limited(limit, ["steps", "--child", project.child, "--data", project.data]);
      if (status === 0) continue;
      expect([status, stderr.trimEnd().split("\n").length]).toEqual([1, 1]);
      expect(stderr).toMatch(/^dialogue-ppo: .*too many open files/);
    }
  });

  it.skipIf(!canLimit)(
    "is named where Node says that a package is missing",
    () => {
      // Which of these limits keeps Node from reading a package's description depends on the machine.
      const lines = [90, 100, 104, 108, 112, 116].map(
        (limit) => limited(limit, ["evaluate", "--run", "no-such-run"]).stderr,
      );
      for (const line of lines) {
        expect(line).toMatch(/^dialogue-ppo: (no-such-run does not exist|.*too many open files).*\n$/);
      }
    },
    120_000,
  );

  it.skipIf(!canLimit)(
    "is named when a scoring worker meets it",
    () => {
      // Each worker takes some of the texts, so that there must be many.
      const data = path.join(mkdtempSync(path.join(os.tmpdir(), "dppo-many-")), "many.csv");
      writeFileSync(data, `text\n${"We sold the boat. Why did we sell it?\n".repeat(400)}`);
      const args = ["score", "--data", data, "--workers", "8"];
      const results = [104, 106, 108, 110, 112].map((limit) => limited(limit, args));
      for (const { status, stderr } of results) {
        if (status === 0) continue;
        expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/too many open files \(ulimit -n\)$/);
        expect(status).toBe(1);
      }
    },
    120_000,
  );
});
