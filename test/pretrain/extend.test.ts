import {
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
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { pretrain } from "../../lib/pretrain/pretrain.ts";
import { logFigures, readLog, readWeights, TINY as TINY_MODEL, writeSmallCsv } from "./fixture.ts";

let home: string;
let data: string;
beforeAll(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "pretrain-extend-"));
  data = writeSmallCsv(home, 40);
});
afterAll(() => rmSync(home, { recursive: true }));

const TINY = { ...TINY_MODEL, evalFraction: 0.2, seed: 3, evalInterval: 2, dropout: 0.1 };

const at = (...names: string[]): string => path.join(home, ...names);
const weights = (run: string): Buffer => readWeights(at(run));
const info = (run: string): Record<string, unknown> =>
  JSON.parse(readFileSync(at(run, "pretraining_info.json"), "utf8"));
const states = (run: string): string[] => readdirSync(at(run)).filter((name) => name.startsWith("state-"));

const log = (run: string): object[] => logFigures(at(run));

/** Returns the step records of a log. This leaves out the measurement at the end of the shorter run. */
const steps = (run: string): object[] => log(run).filter((record) => "gradientNorm" in record);

describe("a finished run", () => {
  it("equals, after it is extended, the longer run bit for bit if both have the same learning rates", async () => {
    // During a given warm-up, the learning rate does not depend on the length of the run.
    const options = { ...TINY, data, warmupSteps: 10, learningRate: 0.01 };
    await pretrain({ ...options, output: at("straight"), steps: 10 });
    expect(await pretrain({ ...options, output: at("extended"), steps: 4 })).toMatchObject({ steps: 4 });
    const result = await pretrain({ output: at("extended"), steps: 10 }, { resume: true });
    expect(result).toMatchObject({ output: at("extended"), ending: "steps", steps: 10 });
    expect(log("extended")).toEqual(log("straight"));
    expect(weights("extended").equals(weights("straight"))).toBe(true);
    const { seconds: _a, ...extended } = info("extended");
    const { seconds: _b, ...straight } = info("straight");
    expect(extended).toEqual(straight);
  });

  it("continues its counters, log and best weights with the schedule of the new length", async () => {
    // The model memorises the data within a few steps, so the best measurement is early.
    const options = { ...TINY, evalFraction: 0.5, learningRate: 0.05, warmupSteps: 2, data };
    await pretrain({ ...options, output: at("run"), steps: 5 });
    expect(info("run")).toMatchObject({ step: 5, totalSteps: 5, ending: "steps" });
    expect(states("run")).toEqual(["state-step-4", "state-step-5"]);
    const before = log("run");
    // Five steps are no multiple of the interval, so the last measurement is an additional one.
    expect(before.at(-1)).toMatchObject({ type: "evaluation", step: 5 });
    const result = await pretrain({ output: at("run"), steps: 60 }, { resume: true });
    expect(result).toMatchObject({ ending: "steps", steps: 60 });
    expect(log("run").slice(0, before.length)).toEqual(before);
    expect(steps("run")).toHaveLength(60);
    const measured = readLog(at("run")).filter(({ type, step }) => type === "evaluation" && step > 0);
    const best = measured.toSorted((a, b) => a.loss - b.loss)[0];
    expect(info("run")).toMatchObject({ step: 60, totalSteps: 60, heldOut: { step: best?.step } });
    expect(result.perplexity).toBe(Math.exp(best?.loss ?? 0));
    expect(states("run")).toHaveLength(2);
    const model = await LanguageModel.load(at("run"));
    expect((await Tokenizer.load(at("run"))).vocabSize).toBe(model.config.vocabSize);
    await model.dispose();
  });

  it("keeps its best weights if the added steps give no better ones", async () => {
    const options = { ...TINY, data, output: at("worse"), warmupSteps: 2, learningRate: 0.01 };
    const before = await pretrain({ ...options, steps: 30 });
    const kept = weights("worse");
    // The state of the finished run, changed so that no later measurement can be better.
    const file = at("worse", "state-step-30", "state.json");
    const state = JSON.parse(readFileSync(file, "utf8"));
    expect(state.progress.best.step).toBe(30);
    state.progress.best.loss = 0;
    writeFileSync(file, JSON.stringify(state));
    rmSync(at("worse", "state-step-30", "manifest.json"));
    const after = await pretrain({ output: at("worse"), steps: 35 }, { resume: true });
    expect(after).toMatchObject({ steps: 35, perplexity: before.perplexity });
    expect(weights("worse").equals(kept)).toBe(true);
    // The second extension starts from a state whose best weights are not its newest.
    await pretrain({ output: at("worse"), steps: 37 }, { resume: true });
    expect(weights("worse").equals(kept)).toBe(true);
  });

  it("that ended for lack of improvement continues when it gets more steps", async () => {
    const options = { ...TINY, evalFraction: 0.5, learningRate: 0.03, warmupSteps: 2, data };
    const output = at("patience");
    const first = await pretrain({ ...options, output, steps: 200, evalInterval: 5, patience: 3 });
    expect(first.ending).toBe("patience");
    expect(await pretrain({ output }, { resume: true })).toEqual(first);
    const second = await pretrain({ output, steps: 300 }, { resume: true });
    expect(second.steps).toBeGreaterThan(first.steps);
  });

  it("accepts more epochs in place of its steps", async () => {
    const options = { ...TINY, data, output: at("epochs"), steps: 2, warmupSteps: 1 };
    await pretrain(options);
    const result = await pretrain({ output: at("epochs"), epochs: 2 }, { resume: true });
    expect(result.steps).toBeGreaterThan(2);
    expect(info("epochs")).toMatchObject({ totalSteps: result.steps, config: { epochs: 2 } });
    expect((info("epochs").config as object) ?? {}).not.toHaveProperty("steps");
  });

  it("does not change when nothing is added", async () => {
    const output = at("done");
    const result = await pretrain({ ...TINY, data, output, steps: 3, warmupSteps: 1 });
    const before = [log("done"), weights("done"), info("done")];
    expect(await pretrain({ output }, { resume: true })).toEqual(result);
    expect(await pretrain({ output, steps: 3 }, { resume: true })).toEqual(result);
    expect(await pretrain({ steps: 3 }, { resume: output })).toEqual(result);
    await expect(pretrain({ output, steps: 2 }, { resume: true })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(/^the run has done 3 steps already, more than the 2 .*--steps/),
    });
    await expect(pretrain({ steps: 5 }, { resume: true })).rejects.toThrow("--resume: expected the folder");
    await expect(pretrain({ output: at("other"), steps: 5 }, { resume: output })).rejects.toThrow(
      /is not the folder of the run that is resumed/,
    );
    expect([log("done"), weights("done")]).toEqual(before.slice(0, 2));
  });

  it("without its state is refused when it is extended, and returns its result otherwise", async () => {
    const output = at("stateless");
    const result = await pretrain({ ...TINY, data, output, steps: 2, warmupSteps: 1 });
    for (const state of states("stateless")) rmSync(path.join(output, state), { recursive: true });
    expect(await pretrain({ output }, { resume: true })).toEqual(result);
    const extended = pretrain({ output, steps: 4 }, { resume: true });
    await expect(extended).rejects.toMatchObject({
      code: "ERR_CHECKPOINT_FORMAT",
      message: expect.stringMatching(/^.*stateless holds a model without the state of its run/),
    });
  });
});

describe("a resumed run", () => {
  it("finds its data from another working directory, with a relative or an absolute path", async () => {
    const cwd = process.cwd();
    try {
      process.chdir(home);
      await pretrain({
        ...TINY,
        data: path.basename(data),
        output: "elsewhere",
        steps: 4,
        warmupSteps: 1,
        stopAfter: 2,
      });
      process.chdir(os.tmpdir());
      expect(await pretrain({ output: at("elsewhere") }, { resume: true })).toMatchObject({ steps: 4 });
      expect(await pretrain({ output: at("elsewhere"), steps: 5 }, { resume: true })).toMatchObject({
        steps: 5,
      });
    } finally {
      process.chdir(cwd);
    }
    // The description of the model contains only the name of the file.
    expect(JSON.stringify(info("elsewhere"))).not.toContain(home);
  });

  it("that does not exist is an error", async () => {
    const nowhere = pretrain({ output: at("nowhere") }, { resume: true });
    await expect(nowhere).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: `${at("nowhere")} holds no run to resume; a new one needs --data`,
    });
  });

  it("reports in one line that its data is missing or changed, and accepts a new path", async () => {
    const own = at("own.csv");
    const moved = at("moved.csv");
    const output = at("moving");
    writeFileSync(own, readFileSync(data));
    await pretrain({ ...TINY, data: own, output, steps: 4, warmupSteps: 1, stopAfter: 2 });
    renameSync(own, moved);
    const refusal = (input: object): Promise<string> =>
      pretrain({ output, ...input }, { resume: true }).then(
        () => "nothing",
        (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
      );
    expect(await refusal({})).toBe(
      `ERR_DATA: ${own}, the data file of the run in ${output}, does not exist; pass its new path with --data`,
    );
    writeFileSync(own, readFileSync(data, "utf8").replace("::", ":: Well,"));
    expect(await refusal({})).toMatch(
      /^ERR_DATA: the data file is not the one the run in \S+ was begun with/,
    );
    expect(await refusal({ seed: 4 })).toMatch(/^ERR_CONFIG: --seed 4/);
    expect(existsSync(path.join(output, "state-step-2"))).toBe(true);
    expect(await pretrain({ output, data: moved }, { resume: true })).toMatchObject({ steps: 4 });
    rmSync(own);
    expect(await pretrain({ output, steps: 5 }, { resume: true })).toMatchObject({ steps: 5 });
  });
});
