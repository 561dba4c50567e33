import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { LmTrainer } from "../../lib/model/lm-trainer.ts";
import { PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { runJob } from "../../lib/native/job.ts";
import { loadAddon } from "../../lib/native/loader.ts";
import { NATIVE_EXPORTS } from "../../lib/native/types.ts";

const golden = path.resolve(import.meta.dirname, "../golden");
const opt = path.join(golden, "models/opt_base");
const policy = path.join(golden, "ppo/policies/opt");

const collectGarbage = ((): (() => void) => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

/** Returns the error with which a promise is rejected. */
async function rejection(work: Promise<unknown>): Promise<DialoguePpoError> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(DialoguePpoError);
    return error as DialoguePpoError;
  }
  throw new Error("it was not refused");
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Collects garbage until the memory in use falls to `bytes`, for at most two seconds. */
async function memoryReturnsTo(bytes: number): Promise<number> {
  for (let i = 0; i < 100 && loadAddon().memoryInUse() !== bytes; ++i) {
    collectGarbage();
    await settled();
  }
  return loadAddon().memoryInUse();
}

describe("the exports of the addon", () => {
  it("exports exactly the names of its interface", () => {
    expect(Object.keys(loadAddon()).sort()).toEqual([...NATIVE_EXPORTS].sort());
  });

  it("reports its versions and devices", () => {
    const versions = loadAddon().versions();
    expect(versions.libtorch).toMatch(/^2\.\d+\.\d+/);
    expect(["cpu", "cuda"]).toContain(versions.flavour);
    expect(versions.threads).toBeGreaterThan(0);
    expect(loadAddon().devices()[0]).toBe("cpu");
  });

  it("does not export its constructors", async () => {
    const model = await runJob(() => loadAddon().loadModel(opt, {}));
    const Constructor = model.constructor as new (...values: unknown[]) => unknown;
    expect(() => new Constructor()).toThrow(/loadModel/);
    expect(() => new Constructor({})).toThrow(/loadModel/);
    model.dispose();
  });
});

describe("lifetimes", () => {
  it("dispose can be called twice, releases the memory, and later use is refused", async () => {
    const before = await memoryReturnsTo(loadAddon().memoryInUse());
    const model = await LanguageModel.load(opt);
    expect(loadAddon().memoryInUse()).toBe(before + model.bytes);
    await model.dispose();
    await model.dispose();
    expect(model.disposed).toBe(true);
    expect(loadAddon().memoryInUse()).toBe(before);
    const error = await rejection(model.generate({ prompts: [Int32Array.of(5)] }));
    expect(error.code).toBe("ERR_DISPOSED");
    expect((await rejection(model.save("/nowhere"))).code).toBe("ERR_DISPOSED");
    expect((await rejection(PpoTrainer.create(model))).code).toBe("ERR_DISPOSED");
  });

  it("dispose waits for a running job", async () => {
    const model = await LanguageModel.load(opt);
    const job = model.generate({ prompts: [Int32Array.of(5)], maxNewTokens: 30 });
    await model.dispose();
    expect((await job).sequences[0]?.length).toBeGreaterThan(0);
  });

  it("trainers can be disposed of twice and not used afterwards", async () => {
    const model = await LanguageModel.load(policy, { trainable: true, valueHead: true });
    const ppo = await PpoTrainer.create(model, { batchSize: 1, miniBatchSize: 1 });
    const lm = await LmTrainer.create(model);
    await Promise.all([ppo.dispose(), lm.dispose()]);
    await Promise.all([ppo.dispose(), lm.dispose()]);
    const batch = { queries: [Int32Array.of(3)], responses: [Int32Array.of(4)], scores: Float32Array.of(1) };
    expect((await rejection(ppo.step(batch))).code).toBe("ERR_DISPOSED");
    expect((await rejection(lm.step([Int32Array.of(3, 4)]))).code).toBe("ERR_DISPOSED");
    await model.dispose();
  });

  it("a trainer works after its model is disposed of", async () => {
    const model = await LanguageModel.load(policy, { trainable: true, valueHead: true });
    const trainer = await PpoTrainer.create(model, { batchSize: 1, miniBatchSize: 1, ppoEpochs: 1 });
    await model.dispose();
    const batch = {
      queries: [Int32Array.of(3)],
      responses: [Int32Array.of(4, 5)],
      scores: Float32Array.of(1),
    };
    expect((await trainer.step(batch)).gradientNorms.length).toBe(1);
    await trainer.dispose();
  });

  it("trainers report the memory of their state to the garbage collector and give it back", async () => {
    const model = await LanguageModel.load(policy, { trainable: true, valueHead: true });
    const before = loadAddon().memoryInUse();
    // Adam's two moments, and for PPO a reference of its own without the head.
    const lm = await LmTrainer.create(model);
    expect(loadAddon().memoryInUse() - before).toBe(2 * model.bytes);
    const ppo = await PpoTrainer.create(model, { batchSize: 1, miniBatchSize: 1 });
    const both = loadAddon().memoryInUse() - before;
    expect(both).toBeGreaterThan(4.9 * model.bytes);
    expect(both).toBeLessThan(5 * model.bytes);
    await ppo.dispose();
    expect(loadAddon().memoryInUse() - before).toBe(2 * model.bytes);
    await Promise.all([lm.dispose(), lm.dispose()]);
    expect(loadAddon().memoryInUse()).toBe(before);
    await model.dispose();
  });

  it("models without references are collected without dispose", async () => {
    const before = loadAddon().memoryInUse();
    const drop = async (): Promise<void> => {
      for (let i = 0; i < 5; ++i) await LanguageModel.load(opt);
    };
    await drop();
    expect(loadAddon().memoryInUse()).toBeGreaterThan(before);
    expect(await memoryReturnsTo(before)).toBe(before);
  });

  it("of threads: the number that was set last counts", async () => {
    const addon = loadAddon();
    const before = addon.versions().threads;
    for (const threads of [2, 1, before]) {
      addon.setThreads(threads);
      // The first job starts what computes; later numbers count as well.
      await runJob(() => addon.drain());
      expect(addon.versions().threads).toBe(threads);
    }
  });
});

describe("cancelling", () => {
  const prompts = [Int32Array.of(5)];

  it("an aborted signal prevents the job", async () => {
    const model = await LanguageModel.load(opt);
    const error = await rejection(model.generate({ prompts, signal: AbortSignal.abort("why") }));
    expect([error.code, error.name, error.cause]).toEqual(["ERR_ABORTED", "AbortError", "why"]);
    await model.dispose();
  });

  it("a signal that is aborted between two tokens ends the generation there", async () => {
    const model = await LanguageModel.load(opt);
    const controller = new AbortController();
    let tokens = 0;
    // There are enough rows that the event loop runs before the job ends.
    const many = new Array<Int32Array>(200).fill(Int32Array.of(5));
    const work = model.generate({
      prompts: many,
      maxNewTokens: 30,
      eosTokenIds: [],
      signal: controller.signal,
      onToken: () => {
        tokens += 1;
        controller.abort(new Error("enough"));
      },
    });
    const error = await rejection(work);
    expect(error.code).toBe("ERR_ABORTED");
    expect((error.cause as Error).message).toBe("enough");
    expect(tokens).toBeLessThan(200 * 30);
    await model.dispose();
  });
});

describe("errors", () => {
  it("have a code and a message of one line", async () => {
    const model = await LanguageModel.load(policy, { trainable: true, valueHead: true });
    const frozen = await LanguageModel.load(policy);
    const long = new Int32Array(17).fill(5);
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => model.logits([new Int32Array(0)]), "ERR_SHAPE", /row 0 is empty/],
      [() => model.logits([Int32Array.of(24)]), "ERR_SHAPE", /24/],
      [() => model.logits([Int32Array.of(-1)]), "ERR_SHAPE", /-1/],
      [() => model.logits([long]), "ERR_SHAPE", /17 tokens.*16 positions/],
      [() => model.negativeLogLikelihood([Int32Array.of(5)]), "ERR_SHAPE", /no token/],
      [() => model.negativeLogLikelihood([Int32Array.of(5, 6)], [Uint8Array.of(1)]), "ERR_SHAPE", /mask/],
      [() => model.generate({ prompts: [long] }), "ERR_CONFIG", /17 tokens/],
      [() => model.generate({ prompts: [Int32Array.of(5)], topP: 2 }), "ERR_CONFIG", /topP/],
      [
        () => model.generate({ prompts: [Int32Array.of(5)], repetitionPenalty: 1e-50 }),
        "ERR_CONFIG",
        /repetitionPenalty/,
      ],
      [
        () => model.generate({ prompts: [Int32Array.of(5)], temperature: Infinity }),
        "ERR_CONFIG",
        /temperature/,
      ],
      [() => model.generate({ prompts: [Int32Array.of(5)], topP: "x" as never }), "ERR_CONFIG", /topP/],
      [() => model.generate({ prompts: [Int32Array.of(5)], seed: [1, 2] }), "ERR_CONFIG", /seed/],
      [() => model.generate({ prompts: [Int32Array.of(5)], topk: 3 } as never), "ERR_CONFIG", /topK/],
      [() => model.generate({ prompts: [[5]] as never }), "ERR_SHAPE", /Int32Array/],
      [
        () => LanguageModel.load(path.join(golden, "nothing")),
        "ERR_MODEL",
        /nothing: no such file or folder/,
      ],
      [() => LanguageModel.load(opt, { device: "tpu" }), "ERR_CONFIG", /tpu/],
      [() => LanguageModel.load(opt, { device: "cuda:99" }), "ERR_DEVICE", /cuda:99/],
      [() => LanguageModel.load(opt, { dtype: "int8" as never }), "ERR_CONFIG", /int8/],
      [() => LanguageModel.load(opt, { dtype: "float16", trainable: true }), "ERR_CONFIG", /float16/],
      [() => LanguageModel.create("{}"), "ERR_MODEL", /model_type/],
      [() => PpoTrainer.create(frozen), "ERR_CONFIG", /value head/],
      [() => PpoTrainer.create(model, { batchSize: 6, miniBatchSize: 4 }), "ERR_CONFIG", /multiple/],
      [() => PpoTrainer.create(model, { klPenalty: "reverse" as never }), "ERR_CONFIG", /klPenalty/],
      [() => PpoTrainer.create(model, { learningRate: Number.NaN }), "ERR_CONFIG", /learningRate/],
      [() => PpoTrainer.create(model, { clipOnce: true }), "ERR_CONFIG", /clipOnce/],
      [() => PpoTrainer.create(model, { lrSchedule: "linear" }), "ERR_CONFIG", /totalSteps/],
      [() => LmTrainer.create(frozen), "ERR_CONFIG", /trainable/],
      [() => LmTrainer.create(model, { maxGradNorm: Number.NaN }), "ERR_CONFIG", /maxGradNorm/],
      [() => LmTrainer.create(model, { weightDecay: -1 }), "ERR_CONFIG", /weightDecay/],
      [() => LmTrainer.create(model, { learningRate: Infinity }), "ERR_CONFIG", /learningRate/],
      [() => model.save("/proc/no-folder"), "ERR_CONFIG", /proc/],
    ];
    for (const [work, code, message] of cases) {
      const error = await rejection(work());
      expect([code, error.message]).toEqual([error.code, expect.stringMatching(message)]);
      expect(error.message).not.toContain("\n");
      expect(error.stack).toContain("addon.test.ts");
    }
    await Promise.all([model.dispose(), frozen.dispose()]);
  });

  it("refuse options that do not exist", async () => {
    const native = await runJob(() => loadAddon().loadModel(opt, {}));
    const rows = [Int32Array.of(5, 6)];
    const [tokens, offsets] = [Int32Array.of(0, 1), Int32Array.of(0, 2)];
    const cases: [() => Promise<unknown>, string][] = [
      [() => runJob(() => loadAddon().loadModel(opt, { dType: "float32" } as never)), "dType"],
      [() => runJob(() => native.generate(rows, { seeds: [1], topk: 3 } as never)), "topk"],
      [() => runJob(() => native.logProbs(rows, { start: [1] } as never)), "start"],
      [() => runJob(() => loadAddon().learnSpace("lsa", tokens, offsets, 2, { topics: 3 })), "topics"],
    ];
    for (const [work, name] of cases) {
      const error = await rejection(work());
      expect([error.code, error.message]).toEqual(["ERR_CONFIG", `${name}: there is no such option`]);
    }
    // `seeds` go before `seed`, which is an option beside them.
    const draw = (options: object): Promise<Int32Array[]> =>
      runJob(() => native.generate(rows, { doSample: true, maxNewTokens: 8, ...options }));
    expect(await draw({ seeds: [1], seed: 2 })).toEqual(await draw({ seeds: [1] }));
    native.dispose();
  });

  it("refuse options that are no object", async () => {
    const native = await runJob(() => loadAddon().loadModel(opt, {}));
    const error = await rejection(runJob(() => native.logProbs([Int32Array.of(5, 6)], 1 as never)));
    expect([error.code, error.message]).toEqual(["ERR_CONFIG", "options: expected an object"]);
    native.dispose();
  });

  it("of a rendezvous name the number that is out of range", () => {
    const good = { rank: 0, size: 2, device: 0, host: "127.0.0.1", port: 4000, hasServer: false, attempt: 0 };
    const wrong = [
      { rank: 2 },
      { rank: -1 },
      { size: 2 ** 31 },
      { device: 128 },
      { port: 65_536 },
      { attempt: -1 },
    ];
    for (const one of wrong) {
      const name = Object.keys(one)[0];
      const join = (): unknown => loadAddon().openGroup({ ...good, ...one });
      expect(join).toThrow(new RegExp(`^${name}: expected `));
    }
  });

  it("of exhausted memory say what was done and what helps", async () => {
    // Four terabytes of embeddings.
    const huge = { model_type: "opt", vocab_size: 1e7, hidden_size: 1e5, num_hidden_layers: 1, ffn_dim: 1 };
    const config = JSON.stringify({ ...huge, num_attention_heads: 1, word_embed_proj_dim: 1e5 });
    const error = await rejection(LanguageModel.create(config));
    expect(error.code).toBe("ERR_OUT_OF_MEMORY");
    expect(error.message).toMatch(
      /out of memory while loading a model \(\d+ bytes more.*; use a smaller model/,
    );
    expect(error.exitCode).toBe(1);
  });

  it("refuse sizes whose products overflow", async () => {
    const model = await LanguageModel.load(policy, { trainable: true, valueHead: true });
    const native = await runJob(() => loadAddon().loadModel(policy, {}));
    const most = Number.MAX_SAFE_INTEGER;
    const corpus: [Int32Array, Int32Array] = [Int32Array.of(0, 1), Int32Array.of(0, 2)];
    const space = (words: number, dimensions: number) => (): Promise<unknown> =>
      runJob(() => loadAddon().learnSpace("lsa", ...corpus, words, { dimensions }));
    const seeds = (value: number) => (): Promise<unknown> =>
      runJob(() => native.generate([Int32Array.of(5)], { seeds: [value] }));
    const cases: [() => Promise<unknown>, RegExp][] = [
      [() => PpoTrainer.create(model, { batchSize: 8, miniBatchSize: 2 ** 32 }), /miniBatchSize/],
      [
        () =>
          PpoTrainer.create(model, { batchSize: 8, miniBatchSize: 4, gradientAccumulationSteps: 2 ** 62 }),
        /gradientAccumulationSteps/,
      ],
      [() => PpoTrainer.create(model, { batchSize: most, miniBatchSize: 1, ppoEpochs: most }), /ppoEpochs/],
      [() => model.generate({ prompts: [Int32Array.of(5)], maxNewTokens: most }), /positions/],
      [space(2 ** 31 - 1, 2 ** 31 - 1), /beyond any memory/],
      [space(2 ** 32 + 2, 2), /words/],
      [space(-1, 2), /words/],
      [seeds(Number.NaN), /whole number/],
      [seeds(1e300), /whole number/],
    ];
    for (const [work, message] of cases) {
      const error = await rejection(work());
      expect([error.code, error.message]).toEqual(["ERR_CONFIG", expect.stringMatching(message)]);
    }
    for (const threads of [0, -1, 1.5, 2 ** 31, Number.NaN]) {
      expect(() => loadAddon().setThreads(threads)).toThrow(/threads/);
    }
    native.dispose();
    await model.dispose();
  });

  it("for a damaged trainer state name the file", async () => {
    const model = await LanguageModel.load(policy, { trainable: true, valueHead: true });
    const trainer = await PpoTrainer.create(model, { batchSize: 1, miniBatchSize: 1 });
    const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-state-"));
    expect((await rejection(trainer.loadState(directory))).code).toBe("ERR_MODEL");
    const other = await LanguageModel.load(opt);
    await other.save(directory);
    const { renameSync } = await import("node:fs");
    renameSync(path.join(directory, "model.safetensors"), path.join(directory, "ppo_state.safetensors"));
    expect((await rejection(trainer.loadState(directory))).code).toBe("ERR_CHECKPOINT_FORMAT");
    rmSync(directory, { recursive: true });
    await Promise.all([trainer.dispose(), model.dispose(), other.dispose()]);
  });
});
