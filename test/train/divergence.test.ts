import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type TrainInput, train } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

let project: TinyProject;

beforeAll(async () => {
  project = await tinyProject();
});

/** Runs to the end. Returns the warnings, and the error if there is one. */
async function run(input: TrainInput): Promise<{ warnings: string[]; error: unknown }> {
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (text: string) => void warnings.push(text) };
  try {
    for await (const _ of train(input, { log }));
    return { warnings, error: undefined };
  } catch (error) {
    return { warnings, error };
  }
}

const checkpoints = (input: TrainInput): string[] =>
  readdirSync(input.outputDir as string).filter((name) => name.startsWith("checkpoint-step-"));

describe("a run that diverges", () => {
  it("is warned of once, and stopped on request with the checkpoint before", async () => {
    const diverging = { learningRate: 1, steps: 4, checkpointInterval: 1, target: 0.5 };
    const loose = await run(tinyRun(project, "loose", diverging));
    const high = loose.warnings.filter((text) => text.includes("(kl-high)"));
    expect(high).toEqual([expect.stringMatching(/step \d: the KL is .* over 5 times its target of 0.5/)]);
    const input = tinyRun(project, "strict", { ...diverging, stopOn: "kl-high" });
    const { error } = await run(input);
    expect(error).toMatchObject({ code: "ERR_DIVERGED", exitCode: 1 });
    const step = Number(/^step (\d)/.exec((error as Error).message)?.[1]);
    expect((error as Error).message).toContain(
      `checkpoint-step-${step - 1} is kept, from which the run can be resumed with other options`,
    );
    expect(checkpoints(input)).not.toContain(`checkpoint-step-${step}`);
    // The checkpoint that is named can be used.
    const resumed = await run({
      resume: input.outputDir as string,
      learningRate: 1e-5,
      stopOn: "not-finite",
      stopAfter: 1,
    });
    expect(resumed.error).toBeUndefined();
  });

  it("never makes a checkpoint of a child that is lost", async () => {
    const input = tinyRun(project, "lost", { steps: 4, checkpointInterval: 1 });
    expect((await run({ ...input, stopAfter: 2 })).error).toBeUndefined();
    const { error } = await run({ resume: input.outputDir as string, learningRate: 1e30 });
    expect(error).toMatchObject({ code: "ERR_DIVERGED" });
    expect((error as Error).message).toMatch(/^step 3: .*not finite.*checkpoint-step-2 is kept/);
    expect(checkpoints(input).sort()).toEqual(["checkpoint-step-1", "checkpoint-step-2"]);
    const first = await run(tinyRun(project, "at-once", { steps: 4, learningRate: 1e30 }));
    expect((first.error as Error).message).toContain("no checkpoint is left to continue from");
  });

  it("sets a checkpoint aside from which no step can be taken", async () => {
    const input = tinyRun(project, "aside", { steps: 4, checkpointInterval: 1 });
    await run({ ...input, stopAfter: 2 });
    const root = input.outputDir as string;
    // Weights that are finite, and whose activations are not.
    const file = path.join(root, "checkpoint-step-2/child_model/model.safetensors");
    const bytes = readFileSync(file);
    const first = 8 + Number(bytes.readBigUInt64LE());
    for (let place = first; place + 4 <= bytes.length; place += 4) bytes.writeFloatLE(1e30, place);
    writeFileSync(file, bytes);
    const { error } = await run({ resume: root, verify: false });
    expect(error).toMatchObject({ code: "ERR_DIVERGED" });
    expect((error as Error).message).toMatch(
      /^step 3: .*not finite.*; the checkpoint before it cannot go on and is now diverged-step-2; \S+checkpoint-step-1 is kept/,
    );
    expect((await run({ resume: root, stopAfter: 1 })).error).toBeUndefined();
    expect(checkpoints(input).sort()).toEqual(["checkpoint-step-1", "checkpoint-step-2"]);
  });

  it("is not taken for one when a file that was read holds a value that is not finite", async () => {
    const input = tinyRun(project, "whole", { steps: 3, checkpointInterval: 1 });
    await run({ ...input, stopAfter: 2 });
    const files = [
      "reference/model.safetensors",
      "checkpoint-step-2/child_model/value_head.safetensors",
      "checkpoint-step-2/child_model/model.safetensors",
      "checkpoint-step-2/state/ppo_state.safetensors",
    ];
    for (const [at, name] of files.entries()) {
      const folder = path.join(project.root, `damaged-${at}`);
      cpSync(input.outputDir as string, folder, { recursive: true });
      const file = path.join(folder, name);
      const bytes = readFileSync(file);
      // A whole tensor, so that the value is used in any case.
      const first = 8 + Number(bytes.readBigUInt64LE());
      for (let place = first; place + 4 <= first + 64; place += 4) bytes.writeFloatLE(Number.NaN, place);
      writeFileSync(file, bytes);
      // As a run of an older version, which has no manifest to compare with.
      for (const place of [".", "checkpoint-step-1", "checkpoint-step-2"])
        rmSync(path.join(folder, place, "manifest.json"));
      const { error } = await run({ resume: folder });
      expect(error, name).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT" });
      expect((error as Error).message).toMatch(/: \S+ has a value that is not finite/);
      expect((error as Error).message).toContain(file);
    }
  });
});
