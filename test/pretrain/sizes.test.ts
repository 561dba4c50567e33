import { describe, expect, it } from "vitest";
import type { Tokenizer } from "../../lib/model/tokenizer.ts";
import { pretrainConfig } from "../../lib/pretrain/config.ts";
import { stillFalling } from "../../lib/pretrain/held-out.ts";
import { plannedSteps, plannedWarmup, stepsWithin } from "../../lib/pretrain/schedule.ts";
import { modelConfig, resolveShape } from "../../lib/pretrain/sizes.ts";

const tokenizer = { vocabSize: 50272, bosId: 2, eosId: 2, padId: 1 } as Tokenizer;

describe("sizes", () => {
  it("125m is the published OPT-125m", () => {
    expect(modelConfig("opt", resolveShape("opt", "125m"), tokenizer, "float16")).toMatchObject({
      model_type: "opt",
      vocab_size: 50272,
      hidden_size: 768,
      word_embed_proj_dim: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      ffn_dim: 3072,
      max_position_embeddings: 2048,
      do_layer_norm_before: true,
      activation_function: "relu",
      bos_token_id: 2,
      eos_token_id: 2,
      pad_token_id: 1,
      torch_dtype: "float16",
    });
  });

  it("1b is the published Llama 3.2 1B", () => {
    expect(modelConfig("llama", resolveShape("llama", "1b"), tokenizer, "float32")).toMatchObject({
      hidden_size: 2048,
      intermediate_size: 8192,
      num_hidden_layers: 16,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      head_dim: 64,
      rms_norm_eps: 1e-5,
      tie_word_embeddings: true,
    });
  });

  it("given dimensions replace those of the name, and the feed-forward width follows in proportion", () => {
    expect(resolveShape("opt", "tiny", { hiddenSize: 64, layers: 2 })).toMatchObject({
      hiddenSize: 64,
      layers: 2,
      heads: 4,
      ffnSize: 256,
    });
    expect(resolveShape("llama", "tiny", { heads: 8 })).toMatchObject({ heads: 8, kvHeads: 4 });
  });

  it.each([
    ["smal", {}, /did you mean "small"/],
    ["tiny", { heads: 3 }, /not a multiple of heads/],
    ["tiny", { positions: 512 }, /at least 1024/],
  ])("refuses %s %j", (size, changes, message) => {
    expect(() => resolveShape("opt", size, changes)).toThrow(message);
  });
});

describe("the configuration", () => {
  const given = { data: "d.csv", output: "o" };

  it("accepts text from the command line and fills in defaults", () => {
    const config = pretrainConfig({ ...given, steps: "20", learningRate: "2e-3" });
    expect(config).toMatchObject({
      steps: 20,
      learningRate: 2e-3,
      architecture: "opt",
      batchSize: 32,
      seed: 0,
    });
  });

  it.each([
    [{ output: "o" }, /--data is missing/],
    [{ ...given, steps: "x" }, /steps: expected a whole number/],
    [{ ...given, chat: true }, /--chat: expected with --architecture llama/],
    [{ ...given, stesp: 3 }, /did you mean steps/],
    [{ ...given, architecture: "gpt" }, /one of opt, llama/],
  ])("refuses %j", (values, message) => {
    expect(() => pretrainConfig(values)).toThrow(message);
  });

  it("of a resumed run supplies missing options, and fixed options must not change", () => {
    const before = { ...pretrainConfig({ ...given, steps: 20, dropout: 0.1, stopAfter: 3 }) };
    const resumed = pretrainConfig({ output: "o", minutes: 2, steps: 30 }, before);
    expect(resumed).toMatchObject({ data: "d.csv", steps: 30, dropout: 0.1, minutes: 2 });
    expect(resumed.stopAfter).toBeUndefined();
    expect(() => pretrainConfig({ ...given, dropout: 0.2 }, before)).toThrow(/--dropout 0.2.*has 0.1/);
  });
});

describe("the schedule", () => {
  it("warms up over 100 steps by default, or over a tenth of a shorter run", () => {
    // The first step of a linear warm-up to a learning rate of 1.
    const first = (totalSteps: number | undefined): number =>
      1 / Math.max(1, plannedWarmup(undefined, totalSteps));
    expect([undefined, 5000, 1000, 200, 60, 5].map(first)).toEqual([0.01, 0.01, 0.01, 0.05, 1 / 6, 1]);
  });

  it("has ten epochs by default, but at least 200 steps", () => {
    expect(plannedSteps({}, 100)).toBe(1000);
    expect(plannedSteps({}, 6)).toBe(200);
    expect(plannedSteps({ epochs: 3 }, 6)).toBe(18);
    expect(plannedSteps({ epochs: 3, steps: 7 }, 6)).toBe(7);
    expect(plannedSteps({ minutes: 1 }, 6)).toBeUndefined();
  });

  it("distinguishes a run that ended too early from one that had levelled off", () => {
    const run = (...perplexities: number[]) =>
      stillFalling(perplexities.map((perplexity, index) => ({ step: 10 * index, perplexity })));
    expect(run(1800, 900, 500, 300, 200)).toEqual([
      { step: 30, perplexity: 300 },
      { step: 40, perplexity: 200 },
    ]);
    expect(run(1800, 900, 100, 60, 58)).toBeUndefined();
    expect(run(1800, 900, 60, 50, 70)).toBeUndefined();
    expect(run(1800)).toBeUndefined();
    expect(run()).toBeUndefined();
  });

  it("fits the number of steps into the time limit", () => {
    const pace = { done: 12, seconds: 10, secondsPerStep: 0.5, secondsPerEvaluation: 1 };
    // 60 s x 0.94 less 10 s and twenty measurements of 1 s leave 26.4 s for steps of half a second.
    expect(stepsWithin(1, pace)).toBe(12 + 52);
    expect(stepsWithin(0.1, pace)).toBe(13);
  });
});
