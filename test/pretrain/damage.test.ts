import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { pretrain } from "../../lib/pretrain/pretrain.ts";
import { DAMAGES, filesOf, flipBit } from "../damage.ts";
import { readWeights, TINY, writeSmallCsv } from "./fixture.ts";

const home = mkdtempSync(path.join(os.tmpdir(), "pretrain-damage-"));
const original = path.join(home, "original");
let straight: Buffer;

beforeAll(async () => {
  const options = {
    ...TINY,
    data: writeSmallCsv(home, 40),
    evalFraction: 0.2,
    evalInterval: 2,
    warmupSteps: 1,
  };
  await pretrain({ ...options, output: original, steps: 6, stopAfter: 4 });
  const other = path.join(home, "straight");
  await pretrain({ ...options, output: other, steps: 6 });
  straight = readWeights(other);
});

const states = (run: string): string[] => readdirSync(run).filter((name) => name.startsWith("state-step-"));

const STATE_DAMAGES: Record<string, (file: string, run: string, name: string) => void> = {
  ...DAMAGES,
  "of the wrong type": (file) => writeFileSync(file, '{"config":[],"progress":"x","run":7}'),
  "swapped with its sibling": (file, run, name) => cpSync(path.join(run, "state-step-2", name), file),
  "changed in one bit": flipBit,
};

it("pretrain ends when its folder is moved, and goes on where the folder lies now", async () => {
  const output = path.join(home, "moving");
  const moved = path.join(home, "moved");
  const options = {
    ...TINY,
    data: path.join(home, "small-40.csv"),
    evalFraction: 0.2,
    evalInterval: 2,
    steps: 6,
  };
  const onRecord = (_: unknown, { step }: { readonly step: number }): void => {
    if (step === 3) renameSync(output, moved);
  };
  await expect(pretrain({ ...options, warmupSteps: 1, output }, { onRecord })).rejects.toMatchObject({
    code: "ERR_IO",
    message: expect.stringContaining(`${output} was moved, removed or replaced`),
  });
  expect(existsSync(output)).toBe(false);
  // The lock that was moved counts as held as long as this process lives.
  rmSync(path.join(moved, "lock.json"));
  await pretrain({}, { resume: moved });
  expect(readWeights(moved)).toEqual(straight);
});

describe("pretrain --resume", () => {
  it("keeps the newest two states", () => {
    expect(states(original)).toEqual(["state-step-2", "state-step-4"]);
  });

  it.each(Object.keys(STATE_DAMAGES))(
    "names a file of the state that is %s, and the state before",
    async (kind) => {
      for (const name of filesOf(path.join(original, "state-step-4"))) {
        const run = path.join(mkdtempSync(path.join(home, "copy-")), "run");
        cpSync(original, run, { recursive: true });
        const file = path.join(run, "state-step-4", name);
        const before = readFileSync(file);
        STATE_DAMAGES[kind]?.(file, run, name);
        // The configuration of the model is the same in every state, and without a manifest nothing is compared.
        const unharmed = kind === "removed" ? name === "manifest.json" : readFileSync(file).equals(before);
        if (unharmed) continue;
        const error = await pretrain({ steps: 6 }, { resume: run }).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        expect(error, `${name} ${kind}`).toBeInstanceOf(DialoguePpoError);
        expect(error).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT" });
        const { message } = error as Error;
        expect(message).toContain(path.join(run, "state-step-4"));
        expect(message).toMatch(/state-step-2 is whole: remove \S+state-step-4 to continue from it$/);
        expect(message).not.toMatch(/Cannot read|undefined|Unexpected|ENOENT/);
      }
    },
  );

  it("compares the hashes of the state before only when those of the newest one are compared", async () => {
    const run = path.join(mkdtempSync(path.join(home, "older-")), "run");
    cpSync(original, run, { recursive: true });
    rmSync(path.join(run, "state-step-4", "state.json"));
    flipBit(path.join(run, "state-step-2/current/model.safetensors"));
    const refusal = (verify: boolean): Promise<unknown> =>
      pretrain({}, { resume: run, verify }).catch((error: Error) => error.message);
    expect(await refusal(true)).toMatch(/state.json is missing; no other state of this run is whole/);
    expect(await refusal(false)).toMatch(/state.json is missing; \S+state-step-2 is whole/);
  });

  it("gives the same model from the state before, and from a state whose hashes are not compared", async () => {
    for (const verify of [true, false]) {
      const run = path.join(mkdtempSync(path.join(home, "whole-")), "run");
      cpSync(original, run, { recursive: true });
      if (verify) rmSync(path.join(run, "state-step-4"), { recursive: true });
      expect(await pretrain({}, { resume: run, verify })).toMatchObject({ steps: 6 });
      expect(readWeights(run).equals(straight)).toBe(true);
    }
  });

  it("returns the result of a finished run whose state is damaged, unless it is to go on", async () => {
    const run = path.join(home, "straight");
    rmSync(path.join(run, "state-step-6", "current"), { recursive: true });
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (text: string) => void warnings.push(text) };
    expect(await pretrain({}, { resume: run, log })).toMatchObject({ steps: 6, ending: "steps" });
    expect(warnings).toEqual([
      expect.stringMatching(/^the run has ended and its model is complete, .*is missing/),
    ]);
    await expect(pretrain({ steps: 8 }, { resume: run })).rejects.toMatchObject({
      code: "ERR_CHECKPOINT_FORMAT",
    });
  });
});
