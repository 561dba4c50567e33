import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  isComplete,
  listAllStepFolders,
  listStepFolders,
  parseStepFolder,
  stepFolder,
} from "../../lib/run/step-folders.ts";

const STATES = { prefix: "state-step-", marker: "state.json" };
let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-steps-"));
});

function make(name: string, whole = true): string {
  const folder = path.join(root, name);
  mkdirSync(folder);
  if (whole) writeFileSync(path.join(folder, "state.json"), "{}");
  return folder;
}

describe("the folders of steps", () => {
  it("are listed in order of their steps; other names and incomplete folders are left out", () => {
    const [tenth, ninth] = [make("state-step-10"), make("state-step-9")];
    for (const name of ["state-step-11.partial", "state-step-x", "state-step-", "checkpoint-step-3"])
      make(name);
    make("state-step-12", false);
    expect(listStepFolders(root, STATES)).toEqual([
      { step: 9, directory: ninth },
      { step: 10, directory: tenth },
    ]);
    expect(stepFolder(root, STATES, 9)).toBe(ninth);
  });

  it("are recognised by their path", () => {
    const folder = make("state-step-0");
    expect(parseStepFolder(folder, STATES)).toEqual({ step: 0, directory: folder });
    expect(parseStepFolder(root, STATES)).toBeUndefined();
    expect(parseStepFolder(path.join(root, "state-step-7"), STATES)).toBeUndefined();
    const incomplete = { step: 8, directory: make("state-step-8", false) };
    expect(parseStepFolder(incomplete.directory, STATES)).toEqual(incomplete);
    expect(isComplete(incomplete, STATES)).toBe(false);
    expect(listAllStepFolders(root, STATES)).toHaveLength(2);
    expect(listStepFolders(root, STATES)).toHaveLength(1);
  });

  it("are absent where there is no run", () => {
    expect(listStepFolders(path.join(root, "nowhere"), STATES)).toEqual([]);
  });
});
