import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

describe("the API reference", () => {
  it("documents every exported name and has no broken link", () => {
    // typedoc.json turns warnings into errors. Undocumented names and types that are not exported cause warnings.
    const result = spawnSync("npx", ["typedoc", "--emit", "none"], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    });
    expect(result.stdout + result.stderr).not.toMatch(/warning|error/);
    expect(result.status).toBe(0);
    // It takes some seconds of processor time, which can be a minute on a busy machine.
  }, 300_000);
});
