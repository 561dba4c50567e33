import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it, vi } from "vitest";
import { setup } from "../scratch.ts";

const OWN = /^dppo-tests-/;

it("temporary files of the tests lie in a folder of the run's own", () => {
  expect(path.basename(os.tmpdir())).toMatch(OWN);
});

it("the folder goes with all that is in it, and the variable is what it was", () => {
  vi.stubEnv("TMPDIR", os.tmpdir());
  const before = os.tmpdir();
  const takeAway = setup();
  const folder = os.tmpdir();
  expect(path.dirname(folder)).toBe(before);
  mkdirSync(path.join(folder, "left"));
  writeFileSync(path.join(folder, "left", "behind.txt"), "text");
  takeAway();
  expect(existsSync(folder)).toBe(false);
  expect(os.tmpdir()).toBe(before);
  vi.unstubAllEnvs();
});
