import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

describe("the API reference", () => {
  it("has every exported name documented, and no link that leads nowhere", () => {
    // typedoc.json makes a warning an error: an undocumented name, a type that is referred to and not exported.
    const result = spawnSync("npx", ["typedoc", "--emit", "none"], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    });
    expect(result.stdout + result.stderr).not.toMatch(/warning|error/);
    expect(result.status).toBe(0);
    // Some seconds of processor time, which a busy machine makes a minute of.
  }, 300_000);
});
