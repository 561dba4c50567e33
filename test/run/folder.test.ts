import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { findChildFolder, holdsRun, listCheckpoints, locateCheckpoint } from "../../lib/run/folder.ts";

let root: string;

function checkpoint(name: string, whole = true): void {
  mkdirSync(path.join(root, name), { recursive: true });
  if (whole) writeFileSync(path.join(root, name, "training_info.json"), "{}");
}

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-run-"));
});

describe("checkpoints of a run folder", () => {
  it("are listed in order of their steps; incomplete ones are left out", () => {
    for (const name of ["checkpoint-step-10", "checkpoint-step-9", "checkpoint-step-100.partial"])
      checkpoint(name);
    expect(locateCheckpoint(root).step).toBe(10);
    checkpoint("checkpoint-step-11", false);
    expect(listCheckpoints(root).map(({ step }) => step)).toEqual([9, 10]);
    expect(() => locateCheckpoint(root)).toThrow(
      /checkpoint-step-11\/training_info.json is missing, .*; the newest that is complete is .*checkpoint-step-10$/,
    );
    expect(() => locateCheckpoint(path.join(root, "checkpoint-step-11"))).toThrow("is missing");
    expect(locateCheckpoint(root, 9).directory).toBe(path.join(root, "checkpoint-step-9"));
  });

  it("are found by their own folder", () => {
    checkpoint("checkpoint-step-3");
    expect(locateCheckpoint(path.join(root, "checkpoint-step-3"))).toMatchObject({ step: 3, root });
  });

  it("a step without a checkpoint is refused with a list of the steps that have one", () => {
    checkpoint("checkpoint-step-2");
    checkpoint("checkpoint-step-4");
    expect(() => locateCheckpoint(root, 3)).toThrow(/no checkpoint of step 3; it has steps 2, 4/);
  });

  it("a folder that does not exist is refused", () => {
    expect(() => locateCheckpoint(path.join(root, "nowhere"))).toThrow(
      /nowhere does not exist; expected a run/,
    );
  });

  it("a run and a checkpoint have a child, a model folder has none", () => {
    for (const step of [4, 12]) {
      checkpoint(`checkpoint-step-${step}`);
      mkdirSync(path.join(root, `checkpoint-step-${step}`, "child_model"));
    }
    const child = (step: number): string => path.join(root, `checkpoint-step-${step}`, "child_model");
    expect(findChildFolder(root)).toBe(child(12));
    expect(findChildFolder(path.join(root, "checkpoint-step-4"))).toBe(child(4));
    expect(findChildFolder(child(4))).toBeUndefined();
    expect(findChildFolder("owner/name")).toBeUndefined();
  });

  it("an empty folder holds no run, a folder with a log does", () => {
    expect(holdsRun(root)).toBe(false);
    writeFileSync(path.join(root, "training_log.jsonl"), "");
    expect(holdsRun(root)).toBe(true);
  });
});
