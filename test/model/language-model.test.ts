import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { LmTrainer } from "../../lib/model/lm-trainer.ts";
import { PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { within } from "../golden/compare.ts";

const golden = path.resolve(import.meta.dirname, "../golden");
const folder = (name: string): string => path.join(golden, "models", name);

interface GreedyCase {
  name: string;
  model: string;
  prompts: number[][];
  maxNewTokens: number;
  options: { eos_token_id?: number[]; min_new_tokens?: number; repetition_penalty?: number };
  expected: number[][];
}

const { greedy } = JSON.parse(readFileSync(path.join(golden, "generation/cases.json"), "utf8")) as {
  greedy: GreedyCase[];
};

const prompts = [Int32Array.of(5, 6, 7), Int32Array.of(8), Int32Array.of(9, 10)];
const plain = (rows: readonly Int32Array[]): number[][] => rows.map((row) => [...row]);

describe("LanguageModel.generate", () => {
  it.each(greedy)(
    "$name equals transformers",
    async ({ model, prompts, maxNewTokens, options, expected }) => {
      await using loaded = await LanguageModel.load(folder(model));
      const { sequences } = await loaded.generate({
        prompts: prompts.map((row) => Int32Array.from(row)),
        maxNewTokens,
        eosTokenIds: options.eos_token_id ?? [],
        ...(options.min_new_tokens ? { minNewTokens: options.min_new_tokens } : {}),
        ...(options.repetition_penalty ? { repetitionPenalty: options.repetition_penalty } : {}),
      });
      expect(plain(sequences)).toEqual(expected);
    },
  );

  it("refuses options of a wrong kind, and a temperature that makes logits infinite", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const wrong: [object, string][] = [
      [{ onToken: 5 }, "generate: onToken: expected a function"],
      [{ signal: 5 }, "generate: signal: expected an AbortSignal"],
      [{ eosTokenIds: 5 }, "generate: eosTokenIds: expected a list"],
      [{ doSample: true, temperature: 1e-44 }, "temperature: expected at least 0.000001, got 1e-44"],
    ];
    for (const [options, message] of wrong) {
      await expect(model.generate({ prompts, ...options })).rejects.toMatchObject({
        code: "ERR_CONFIG",
        message,
      });
    }
    await expect(model.save(undefined as never)).rejects.toThrow("save: directory: expected a path");
    await expect(PpoTrainer.create(model, { reference: {} as never })).rejects.toThrow(
      "PpoTrainer.create: reference: expected a LanguageModel",
    );
  });

  it("refuses a minimum length when every id ends a row", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const stopTokenIds = Array.from({ length: model.config.vocabSize }, (_, id) => id);
    const call = model.generate({ prompts, minNewTokens: 1, doSample: true, topP: 0.9, stopTokenIds });
    await expect(call).rejects.toThrow("minNewTokens 1 leaves no token to draw");
  });

  it("seeds row i with (seed, i) when seed is a number, and with (seed[i], 0) when it is a list", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const draw = async (rows: readonly Int32Array[], seed: number | number[]) =>
      plain(
        (await model.generate({ prompts: rows, doSample: true, maxNewTokens: 10, eosTokenIds: [], seed }))
          .sequences,
      );
    const [first, , third] = prompts;
    if (!first || !third) throw new Error("three prompts are expected");
    const listed = await draw(prompts, [4, 5, 6]);
    expect((await draw([third], [6]))[0]).toEqual(listed[2]);
    expect((await draw([first], 4))[0]).toEqual(listed[0]);
    const numbered = await draw(prompts, 4);
    expect(numbered[0]).toEqual(listed[0]);
    expect(numbered).toEqual(await draw(prompts, 4));
    expect(numbered[2]).not.toEqual(listed[2]);
  });

  it("decodes greedily up to the model's end token or 20 tokens when no option is given", async () => {
    await using model = await LanguageModel.load(folder("llama_grouped_llama3"));
    expect(model.config.eosTokenIds).toEqual([2, 3]);
    const own = await model.generate({ prompts });
    const explicit = await model.generate({
      prompts,
      maxNewTokens: 20,
      minNewTokens: 0,
      doSample: false,
      temperature: 1,
      topK: 0,
      topP: 1,
      repetitionPenalty: 1,
      eosTokenIds: [2, 3],
      stopTokenIds: [],
      seed: 0,
    });
    expect(plain(own.sequences)).toEqual(plain(explicit.sequences));
  });

  it("calls onToken with each token in order", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const received: number[][] = prompts.map(() => []);
    const { sequences } = await model.generate({
      prompts,
      onToken: (row, token) => received[row]?.push(token),
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toEqual(plain(sequences));
  });
});

describe("LanguageModel.logits, logProbs and negativeLogLikelihood", () => {
  it("computes log-probabilities from the logits, and the likelihood as their sum", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const rows = [Int32Array.of(5, 6, 7, 8, 9), Int32Array.of(10, 11)];
    const logits = await model.logits(rows);
    const logProbs = await model.logProbs(rows);
    let worst = 0;
    let sum = 0;
    rows.forEach((row, i) => {
      for (let t = 0; t + 1 < row.length; ++t) {
        const column = [...(logits[i]?.subarray(t * 40, (t + 1) * 40) ?? [])];
        const total = Math.log(column.reduce((acc, logit) => acc + Math.exp(logit), 0));
        const expected = (column[row[t + 1] ?? 0] ?? Number.NaN) - total;
        worst = Math.max(worst, Math.abs(expected - (logProbs[i]?.[t] ?? Number.NaN)));
        sum -= expected;
      }
    });
    within("log-probabilities against the logits'", worst, 2e-5);
    const { nats, tokens } = await model.negativeLogLikelihood(rows);
    expect(tokens).toBe(5);
    within("negative log-likelihood against the logits'", Math.abs(nats - sum), 2e-5);
    const masked = await model.negativeLogLikelihood(rows, [
      Uint8Array.of(1, 0, 0, 0, 1),
      Uint8Array.of(1, 0),
    ]);
    expect(masked.tokens).toBe(1);
    expect(masked.nats).toBeCloseTo(-(logProbs[0]?.[3] ?? Number.NaN), 4);
  });

  it("refuses masks that do not fit the rows, also for training on next tokens, and stays usable", async () => {
    await using model = await LanguageModel.load(folder("opt_base"), { trainable: true });
    await using trainer = await LmTrainer.create(model);
    const rows = [Int32Array.of(5, 6, 7), Int32Array.of(10, 11)];
    const cases: [unknown, RegExp][] = [
      [[], /^lossMasks: expected one Uint8Array a row, got 0 for 2 rows$/],
      [5, /got number$/],
      [
        [Uint8Array.of(1, 1, 1), Uint8Array.of(1)],
        /mask 1: expected a Uint8Array of 0 and 1 with the length of row 1, 2/,
      ],
      [[Uint8Array.of(1, 1, 2), Uint8Array.of(1, 1)], /mask 0: expected a Uint8Array of 0 and 1/],
      [
        [
          [1, 1, 1],
          [1, 1],
        ],
        /mask 0: expected/,
      ],
    ];
    for (const [given, message] of cases) {
      const lossMasks = given as Uint8Array[];
      const refusal = { code: "ERR_SHAPE", message: expect.stringMatching(message) };
      await expect(model.negativeLogLikelihood(rows, lossMasks)).rejects.toMatchObject(refusal);
      await expect(trainer.step(rows, { lossMasks })).rejects.toMatchObject(refusal);
    }
    const lossMasks = [Uint8Array.of(1, 0, 1), Uint8Array.of(1, 0)];
    expect((await trainer.step(rows, { lossMasks })).tokens).toBe(1);
  });

  it("takes typed arrays of another realm, as test runners with an environment of their own make them", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const rows = [Int32Array.of(5, 6, 7)];
    const foreign = runInNewContext("[Int32Array.of(5, 6, 7)]") as Int32Array[];
    expect(foreign[0]).not.toBeInstanceOf(Int32Array);
    expect(await model.logProbs(foreign)).toEqual(await model.logProbs(rows));
    const masks = runInNewContext("[Uint8Array.of(1, 1, 0)]") as Uint8Array[];
    expect((await model.negativeLogLikelihood(foreign, masks)).tokens).toBe(1);
  });

  it.each([[null], ["7"], [7n], [{}], [[1, 2]], [["a"]]])("refuses %o as a seed", async (seed) => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const call = model.generate({ prompts: [Int32Array.of(5)], seed: seed as never });
    await expect(call).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(/^seeds?: expected a number/),
    });
  });

  it("suggests its own name for the one of another library", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    await expect(model.generate({ prompts: [], max_length: 5 } as never)).rejects.toThrow(
      'did you mean "maxNewTokens"?',
    );
  });

  it("says which row of ids is none", async () => {
    await using model = await LanguageModel.load(folder("opt_base"));
    const row = Int32Array.of(5);
    const logits = (rows: unknown) => model.logits(rows as Int32Array[]);
    await expect(logits([row, [5]])).rejects.toThrow(
      "tokens: expected a list of Int32Array; row 1 is a plain list",
    );
    await expect(logits([Float32Array.of(5)])).rejects.toThrow("row 0 is Float32Array");
    await expect(logits(new Array(1))).rejects.toThrow("row 0 is undefined");
  });

  it.each(["opt_base", "gpt2_base", "llama_grouped_llama3"])(
    "computes the log-probabilities from a start on alone: %s",
    async (name) => {
      await using model = await LanguageModel.load(folder(name));
      const rows = [Int32Array.of(5, 6, 7, 8, 9), Int32Array.of(10, 11), Int32Array.of(9, 8, 7)];
      const all = await model.logProbs(rows);
      const starts = [3, 2, 1];
      const some = await model.logProbs(rows, { starts });
      expect(some.map(({ length }) => length)).toEqual([2, 0, 2]);
      some.forEach((row, i) => {
        const expected = all[i]?.subarray((starts[i] as number) - 1) ?? new Float32Array();
        row.forEach((value, t) => {
          expect(value).toBeCloseTo(expected[t] as number, 5);
        });
      });
      await expect(model.logProbs(rows, { starts: [3, 2] })).rejects.toThrow(
        "starts: expected 3, one for each row; got 2",
      );
      await expect(model.logProbs(rows, { starts: [3, 3, 1] })).rejects.toThrow(
        "row 1: expected a start from 1 to its length 2, got 3",
      );
      await expect(model.logProbs(rows, { starts: [0, 1, 1] })).rejects.toThrow(
        "row 0: expected a start from 1",
      );
    },
  );
});

describe("LanguageModel.create, save and load", () => {
  const config = JSON.stringify({
    model_type: "opt",
    vocab_size: 30,
    hidden_size: 16,
    num_hidden_layers: 1,
    ffn_dim: 16,
    num_attention_heads: 2,
    max_position_embeddings: 16,
    init_std: 0.5,
  });

  it("creates the same model for the same seed, and saves it in the format of transformers", async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-model-"));
    await using made = await LanguageModel.create(config, { seed: 3, trainable: true, valueHead: true });
    await using twin = await LanguageModel.create(config, { seed: 3 });
    await using other = await LanguageModel.create(config, { seed: 4 });
    await made.save(directory);
    await using loaded = await LanguageModel.load(directory);
    const rows = [Int32Array.of(4, 5, 6)];
    const logits = await made.logits(rows);
    expect(await twin.logits(rows)).toEqual(logits);
    expect(await other.logits(rows)).not.toEqual(logits);
    expect(await loaded.logits(rows)).toEqual(logits);
    expect(JSON.parse(readFileSync(path.join(directory, "config.json"), "utf8"))).toMatchObject(
      JSON.parse(config),
    );
    expect(existsSync(path.join(directory, "value_head.safetensors"))).toBe(true);
    expect(made.config).toMatchObject({
      modelType: "opt",
      vocabSize: 30,
      maxPositions: 16,
      eosTokenIds: [2],
      padTokenId: 1,
    });
    rmSync(directory, { recursive: true });
  });

  it("gives logits in half precision that are close to those in float32", async () => {
    const rows = [Int32Array.of(4, 5, 6, 7)];
    await using full = await LanguageModel.load(folder("llama_grouped_llama3"));
    const [expected] = await full.logits(rows);
    for (const [dtype, tolerance] of [
      ["bfloat16", 0.3],
      ["float16", 0.05],
    ] as const) {
      await using half = await LanguageModel.load(folder("llama_grouped_llama3"), { dtype });
      expect(half.bytes).toBe(full.bytes / 2);
      const [logits] = await half.logits(rows);
      const worst = Math.max(
        ...(expected ?? []).map((value, i) => Math.abs(value - (logits?.[i] ?? Number.NaN))),
      );
      within(`${dtype} against float32, logits`, worst, tolerance);
      expect(worst).toBeGreaterThan(0);
    }
  });

  it("keeps stored 16-bit weights with dtype auto, and computes them on a processor as in float32", async () => {
    const rows = [Int32Array.of(4, 5, 6, 7)];
    const directory = mkdtempSync(path.join(os.tmpdir(), "dppo-model-"));
    await using half = await LanguageModel.load(folder("llama_grouped_llama3"), { dtype: "bfloat16" });
    await half.save(directory);
    await using kept = await LanguageModel.load(directory, { dtype: "auto" });
    await using widened = await LanguageModel.load(directory);
    expect(kept.bytes).toBe(widened.bytes / 2);
    const [expected] = await widened.logits(rows);
    const [logits] = await kept.logits(rows);
    const worst = Math.max(
      ...(expected ?? []).map((value, i) => Math.abs(value - (logits?.[i] ?? Number.NaN))),
    );
    within("bfloat16 weights kept, logits", worst, 1e-5);
    await using full = await LanguageModel.load(folder("llama_grouped_llama3"), { dtype: "auto" });
    expect(full.bytes).toBe(widened.bytes);
    rmSync(directory, { recursive: true });
  });
});
