import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type CheckpointPart, requireIntactCheckpoint } from "../../lib/run/checkpoint-integrity.ts";
import { locateCheckpoint } from "../../lib/run/folder.ts";
import { loadWhileVerifying } from "../../lib/run/integrity.ts";
import { train } from "../../lib/train/train.ts";
import { DAMAGES, filesOf, flipBit } from "../damage.ts";
import { temporaryFolder } from "../temporary.ts";
import { type TinyProject, tinyProject, tinyRun } from "../train/fixture.ts";

let project: TinyProject;
let original: string;

beforeAll(async () => {
  project = await tinyProject();
  const input = tinyRun(project, "run", { steps: 3, checkpointInterval: 1 });
  for await (const _ of train(input));
  original = input.outputDir as string;
});

/** Returns a copy of the run, to be damaged. */
function copyRun(): string {
  const copy = path.join(temporaryFolder(), "run");
  cpSync(original, copy, { recursive: true });
  return copy;
}

const check = async (run: string, part: CheckpointPart = "state", step?: number): Promise<void> => {
  const found = locateCheckpoint(run, step);
  const verify = await requireIntactCheckpoint(found.root, found, { part });
  await verify();
};

const COMPLAINTS: Record<string, [(file: string) => void, RegExp]> = {
  removed: [DAMAGES.removed, /is missing/],
  emptied: [DAMAGES.empty, /has 0 bytes, but the manifest says \d+/],
  "cut in the middle": [DAMAGES.truncated, /has \d+ bytes/],
  "changed in one bit": [
    flipBit,
    /was changed: its SHA-256 is [0-9a-f]{64}, but the manifest says [0-9a-f]{64}/,
  ],
};

describe("requireIntactCheckpoint", () => {
  it("accepts a run as it was written, and the manifest has the SHA-256 of each file", async () => {
    await check(original);
    const { directory } = locateCheckpoint(original);
    const { files, step } = JSON.parse(readFileSync(path.join(directory, "manifest.json"), "utf8"));
    expect(step).toBe(3);
    expect(Object.keys(files).sort()).toEqual(
      filesOf(directory)
        .filter((f) => f !== "manifest.json")
        .sort(),
    );
    for (const [name, { sha256 }] of Object.entries(files as Record<string, { sha256: string }>)) {
      expect(
        createHash("sha256")
          .update(readFileSync(path.join(directory, name)))
          .digest("hex"),
      ).toBe(sha256);
    }
  });

  it.each(Object.keys(COMPLAINTS))(
    "names each file of a checkpoint that is %s, and the checkpoint before",
    async (kind) => {
      const [damage, message] = COMPLAINTS[kind] as (typeof COMPLAINTS)[string];
      const names = filesOf(path.join(original, "checkpoint-step-3"));
      expect(names.length).toBeGreaterThan(8);
      // Without these two, the folder does not count as a checkpoint, or has no manifest to compare with.
      for (const name of names.filter((name) => !["training_info.json", "manifest.json"].includes(name))) {
        const run = copyRun();
        const file = path.join(run, "checkpoint-step-3", name);
        damage(file);
        const error = await check(run).catch((cause: unknown) => cause);
        expect(error, name).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT" });
        const text = (error as Error).message;
        expect(text).toMatch(message);
        expect(text).toContain(file);
        expect(text).toContain(`${path.join(run, "checkpoint-step-2")} is whole`);
        rmSync(run, { recursive: true });
      }
    },
  );

  it.each(["reference/model.safetensors", "reference/config.json", "calibration.json", "score_preset.json"])(
    "names %s of the run, which all checkpoints need",
    async (name) => {
      const run = copyRun();
      if (!existsSync(path.join(run, name))) return expect(name).toBe("calibration.json");
      flipBit(path.join(run, name));
      await expect(check(run)).rejects.toThrow(/was changed.*every checkpoint of this run needs this file/);
    },
  );

  it("refuses files of another step, another step's folder and another run's checkpoint", async () => {
    const mixed = copyRun();
    cpSync(path.join(mixed, "checkpoint-step-2/state"), path.join(mixed, "checkpoint-step-3/state"), {
      recursive: true,
    });
    await expect(check(mixed)).rejects.toThrow(/checkpoint-step-3\/state\/.* (was changed|has \d+ bytes)/);
    const renamed = copyRun();
    renameSync(path.join(renamed, "checkpoint-step-3"), path.join(renamed, "checkpoint-step-9"));
    await expect(check(renamed)).rejects.toThrow("is the checkpoint of step 3, not of step 9");
    const other = tinyRun(project, "other", { steps: 1, seed: 5 });
    for await (const _ of train(other));
    const foreign = copyRun();
    const target = path.join(foreign, "checkpoint-step-4");
    cpSync(path.join(other.outputDir as string, "checkpoint-step-1"), target, { recursive: true });
    await expect(check(foreign)).rejects.toThrow("belongs to another run");
  });

  it("refuses a manifest that is damaged or missing on one side", async () => {
    const run = copyRun();
    writeFileSync(path.join(run, "checkpoint-step-3/manifest.json"), "null");
    await expect(check(run)).rejects.toThrow(
      /checkpoint-step-3\/manifest.json: expected an object, got null; .*checkpoint-step-2 is whole/,
    );
    rmSync(path.join(run, "checkpoint-step-3/manifest.json"));
    await expect(check(run)).rejects.toThrow(
      /checkpoint-step-3\/manifest.json is missing .*; .*checkpoint-step-2 is whole/,
    );
    rmSync(path.join(run, "manifest.json"));
    await expect(check(run, "state", 2)).rejects.toThrow(/run\/manifest.json is missing/);
  });

  it("names what was put in place of the weights, and files that are no files", async () => {
    const run = copyRun();
    const file = path.join(run, "checkpoint-step-3/child_model/model.safetensors");
    writeFileSync(
      file,
      `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 99\n`,
    );
    await expect(check(run)).rejects.toThrow(
      /model.safetensors has \d+ bytes, but .*; it is a git-lfs pointer to a file of 99 bytes, .*git lfs pull/,
    );
    writeFileSync(file, "<!DOCTYPE html><html></html>");
    await expect(check(run)).rejects.toThrow(/it is an HTML page/);
    rmSync(file);
    mkdirSync(file);
    await expect(check(run)).rejects.toThrow(/model.safetensors is not a file; .*checkpoint-step-2 is whole/);
  });

  it("compares no hashes on request, but still the sizes and the names", async () => {
    const run = copyRun();
    const found = locateCheckpoint(run);
    const use = { part: "state", verify: false } as const;
    flipBit(path.join(run, "checkpoint-step-3/child_model/model.safetensors"));
    await (await requireIntactCheckpoint(found.root, found, use))();
    rmSync(path.join(run, "manifest.json"));
    await (await requireIntactCheckpoint(found.root, found, use))();
    truncateSync(path.join(run, "checkpoint-step-3/state/ppo_state.safetensors"), 20);
    await expect(requireIntactCheckpoint(found.root, found, use)).rejects.toThrow(/has 20 bytes/);
  });

  it("leaves the large files to the function that it returns", async () => {
    const run = copyRun();
    const found = locateCheckpoint(run);
    const file = path.join(run, "checkpoint-step-3/child_model/large.bin");
    const manifest = path.join(run, "checkpoint-step-3/manifest.json");
    const content = JSON.parse(readFileSync(manifest, "utf8"));
    writeFileSync(file, Buffer.alloc(2 ** 20 + 1));
    content.files["child_model/large.bin"] = { size: 2 ** 20 + 1, sha256: "0".repeat(64) };
    writeFileSync(manifest, JSON.stringify(content));
    const verify = await requireIntactCheckpoint(found.root, found, { part: "state" });
    await expect(verify()).rejects.toThrow(/large.bin was changed: .*checkpoint-step-2 is whole/);
    const loading = loadWhileVerifying(verify, async () => Promise.reject(new Error("bad header")));
    await expect(loading).rejects.toThrow(/large.bin was changed/);
    const sound = loadWhileVerifying(
      async () => {},
      async () => Promise.reject(new Error("no such device")),
    );
    await expect(sound).rejects.toThrow("no such device");
    const controller = new AbortController();
    const stopped = await requireIntactCheckpoint(found.root, found, {
      part: "state",
      signal: controller.signal,
    });
    controller.abort();
    await expect(stopped()).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });

  it("checks only the child for a command that uses nothing else", async () => {
    const run = copyRun();
    flipBit(path.join(run, "checkpoint-step-3/state/ppo_state.safetensors"));
    await check(run, "child");
    await check(run, "child", 1);
    flipBit(path.join(run, "checkpoint-step-3/child_model/model.safetensors"));
    await expect(check(run, "child")).rejects.toThrow("checkpoint-step-2 is whole");
  });
});
