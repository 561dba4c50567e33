import { mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readConfigFile, resolveConfig } from "../../lib/options/resolve.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const temporary = writerIn(temporaryFolder());

describe("the sources of options", () => {
  const named = { data: "d.csv" };

  it("flags take precedence over the checkpoint, the file, the environment, the preset and the default", () => {
    const sources = {
      flags: { ...named },
      checkpoint: {},
      file: {},
      env: {},
      preset: undefined as string | undefined,
    };
    const learningRate = (): number => resolveConfig(sources).config.learningRate;
    expect(learningRate()).toBe(1.41e-5);
    sources.preset = "starter";
    const fromPreset = learningRate();
    expect(fromPreset).not.toBe(1.41e-5);
    Object.assign(sources.env, { DIALOGUE_PPO_LEARNING_RATE: "0.1" });
    expect(learningRate()).toBe(0.1);
    Object.assign(sources.file, { learningRate: 0.2 });
    expect(learningRate()).toBe(0.2);
    Object.assign(sources.checkpoint, { learningRate: 0.3 });
    expect(learningRate()).toBe(0.3);
    Object.assign(sources.flags, { learningRate: "0.4" });
    expect(learningRate()).toBe(0.4);
    expect(resolveConfig(sources).origins.learningRate).toBe("flag");
  });

  it("the starter preset applies unless other data is named", () => {
    expect(resolveConfig({}).config.evalFraction).toBe(0.05);
    expect(resolveConfig({ flags: { child: "c" } }).config.evalFraction).toBe(0.05);
    expect(resolveConfig({ flags: { data: "d.csv" } }).config.evalFraction).toBe(0);
  });

  it("a preset's tokenizer comes only with the preset's child", () => {
    const tokenizer = (flags: Record<string, string>) =>
      resolveConfig({ preset: "switchboard", flags }).config.childTokenizer;
    expect(tokenizer({})).toBe("Talking-Babies/opt-tokenizer");
    expect(tokenizer({ child: "mine" })).toBeUndefined();
    const own = "Talking-Babies/opt-Talking-Babies-train_100M_2048_preprocess@main";
    expect(tokenizer({ child: own })).toBe("Talking-Babies/opt-tokenizer");
    expect(tokenizer({ child: "mine", childTokenizer: "own" })).toBe("own");
  });

  it("the switchboard preset has the values of the original experiment", () => {
    expect(resolveConfig({ preset: "switchboard" }).config).toMatchObject({
      child: "Talking-Babies/opt-Talking-Babies-train_100M_2048_preprocess",
      childTokenizer: "Talking-Babies/opt-tokenizer",
      teacher: "meta-llama/Llama-3.2-1B-Instruct",
      batchSize: 8,
      miniBatchSize: 4,
      ppoEpochs: 4,
      learningRate: 1.41e-5,
      maxNewTokens: 80,
      teacherTemperature: 0.5,
      teacherTopK: 50,
      teacherTopP: 0.95,
      childTemperature: 1,
      minWords: 20,
      maxWords: 400,
      wandbProject: "dialogue-ppo-taaco-experiment",
    });
  });
});

describe("the minibatch", () => {
  const miniBatch = (flags: object): number | undefined =>
    resolveConfig({ flags: { child: "c", ...flags } }).config.miniBatchSize;

  it("is the largest divisor of batch over accumulation up to 4", () => {
    expect(miniBatch({ batchSize: 8 })).toBe(4);
    expect(miniBatch({ batchSize: 9 })).toBe(3);
    expect(miniBatch({ batchSize: 7 })).toBe(1);
    expect(miniBatch({ batchSize: 8, gradientAccumulationSteps: 4 })).toBe(2);
  });

  it("must divide batch size over accumulation", () => {
    expect(() => miniBatch({ batchSize: 8, miniBatchSize: 3 })).toThrow(
      /--mini-batch-size 3: expected a divisor/,
    );
  });
});

describe("invalid options", () => {
  it.each([
    [{ learningrate: 1 }, /options: unknown option learningrate; did you mean learningRate/],
    [{ batchSize: 2.5 }, /batchSize: expected a whole number/],
    [{ klPenalty: "k3" }, /klPenalty: expected one of kl, abs, mse, full/],
    [{ minWords: 50, maxWords: 20 }, /--min-words 50 exceeds --max-words 20/],
    [{ promptTurns: 0 }, /--prompt-turns/],
    [{ steps: ["1", "2"] }, /steps: expected a whole number of at least 1, got it 2 times/],
  ])("%o", (flags, message) => {
    expect(() => resolveConfig({ flags })).toThrow(message);
  });
});

describe("a configuration file", () => {
  const written = (name: string, text: string): string => {
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-config-")), name);
    writeFileSync(file, text);
    return file;
  };

  it("may be YAML or JSON", async () => {
    expect(await readConfigFile(written("run.yaml", "learningRate: 3e-4\nsteps: 5\n"))).toEqual({
      learningRate: 3e-4,
      steps: 5,
    });
    expect(await readConfigFile(written("run.json", '{"steps": 5}'))).toEqual({ steps: 5 });
  });

  it("is refused with its name when it is missing, damaged or no object", async () => {
    await expect(readConfigFile(written("alias.yaml", "steps: *x\n"))).rejects.toThrow(
      /alias\.yaml: it is not valid YAML \(.*x.*\); expected an object of options/,
    );
    await expect(readConfigFile("nowhere.yaml")).rejects.toThrow(
      /nowhere\.yaml: no such file or folder; expected a JSON or YAML file of options/,
    );
    await expect(readConfigFile(written("run.json", "{"))).rejects.toThrow(
      /run\.json: it is not valid JSON at column 2; expected an object of options/,
    );
    await expect(readConfigFile(written("run.yaml", "- 1\n"))).rejects.toThrow(
      /expected an object of options/,
    );
  });
});

describe("values and files that are refused in one line", () => {
  it.each([
    ["twice.json", '{"steps": 5, "seed": 1, "steps": 6}'],
    ["escaped.json", '{"data": "\\"steps\\":", "steps": 5, "\\u0073teps": 6}'],
    ["twice.yaml", "steps: 5\nseed: 1\nsteps: 6\n"],
    ["quoted.yaml", 'steps: 5\n"steps": 6\n'],
  ])("an option that is given twice in %s", async (name, text) => {
    const file = temporary(name, text);
    await expect(readConfigFile(file)).rejects.toThrow(
      `${file}: the option steps is given twice; expected it once`,
    );
  });

  it("no option whose name only stands in a value or in another object", async () => {
    const text = '{"data": "\\"data\\":", "a": [{"data": 1}, {"data": 2}]}';
    expect(await readConfigFile(temporary("once.json", text))).toEqual(JSON.parse(text));
  });

  it.each(["9007199254740993", "99999999999999999999"])("a seed of %s, which would be rounded", (seed) => {
    expect(() => resolveConfig({ flags: { seed } })).toThrow(
      `seed: expected a whole number of at least 0, and at most 9007199254740991, got "${seed}"`,
    );
    expect(resolveConfig({ flags: { seed: "9007199254740991" } }).config.seed).toBe(2 ** 53 - 1);
  });

  it("a key of YAML that is a collection, without a warning of the parser", async () => {
    const warnings: unknown[] = [];
    const warn = (warning: unknown): unknown => warnings.push(warning);
    process.on("warning", warn);
    const file = await readConfigFile(temporary("key.yaml", "? {a: 1}\n: 2\n"));
    expect(() => resolveConfig({ file })).toThrow(/unknown option/);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });

  it("JSON with NaN, and not JSON or YAML behind a byte-order mark", async () => {
    expect(await readConfigFile(temporary("mark.json", '\ufeff{"seed": 1}'))).toEqual({ seed: 1 });
    expect(await readConfigFile(temporary("mark.yaml", "\ufeffseed: 1\n"))).toEqual({ seed: 1 });
    await expect(readConfigFile(temporary("nan.json", '{\n  "seed": NaN\n}'))).rejects.toThrow(
      /nan\.json: it is not valid JSON at line 2, column 11, which has no NaN \(write null\); expected an object of options$/,
    );
  });
});
