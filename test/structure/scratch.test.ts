import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it, vi } from "vitest";
import { setup } from "../scratch.ts";

const OWN = /^dppo-tests-/;

it("temporary files of the tests are in a separate folder for each run", () => {
  expect(path.basename(os.tmpdir())).toMatch(OWN);
});

it("removes the folder with its content and restores the variable", () => {
  vi.stubEnv("TMPDIR", os.tmpdir());
  const before = os.tmpdir();
  const remove = setup();
  const folder = os.tmpdir();
  expect(path.dirname(folder)).toBe(before);
  mkdirSync(path.join(folder, "left"));
  writeFileSync(path.join(folder, "left", "behind.txt"), "text");
  remove();
  expect(existsSync(folder)).toBe(false);
  expect(os.tmpdir()).toBe(before);
  vi.unstubAllEnvs();
});
