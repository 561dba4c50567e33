import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { describeBundling } from "../../lib/package.ts";

const root = path.resolve(import.meta.dirname, "../..");

it("knows its own package", () => {
  expect(describeBundling()).toBeUndefined();
  expect(describeBundling(path.join(root, "docs"))).toMatch(
    /copied out of its package.*mark dialogue-ppo as external/,
  );
});

it("tells a program whose bundler copied the code what to do", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "bundled-"));
  try {
    // Like a bundle in the folder dist of a program: the folder above it is another package, without data and addon.
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "program", type: "module" }));
    cpSync(path.join(root, "dist"), path.join(folder, "dist"), { recursive: true });
    mkdirSync(path.join(folder, "native"));
    cpSync(path.join(root, "native/tools"), path.join(folder, "native/tools"), { recursive: true });
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    const program = `
      import { LanguageModel, Taaco } from "./dist/index.js";
      for (const call of [() => Taaco.create(), () => LanguageModel.load("x")]) {
        await call().catch(({ code, message }) => console.log(code, message));
      }`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^ERR_CONFIG the code of dialogue-ppo was copied .* as external/),
      expect.stringMatching(/^ERR_NATIVE_MISSING the code of dialogue-ppo was copied .* as external/),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
