import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { expectTrueDescription } from "../golden/saved-folder.ts";

const models = path.resolve(import.meta.dirname, "../golden/models");
let root = "";

beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "dppo-saved-"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Copies a golden model and changes keys of its config.json. */
function altered(name: string, changes: object): string {
  const folder = path.join(root, `${name}-from`);
  cpSync(path.join(models, name), folder, { recursive: true });
  const file = path.join(folder, "config.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...changes }));
  return folder;
}

const readConfig = (folder: string) => JSON.parse(readFileSync(path.join(folder, "config.json"), "utf8"));

describe("LanguageModel.save", () => {
  it.each([
    ["opt_base", "OPTForCausalLM", "float32"],
    ["gpt2_inner", "GPT2LMHeadModel", "bfloat16"],
    ["llama_grouped_llama3", "LlamaForCausalLM", "float16"],
    ["qwen2_tied", "Qwen2ForCausalLM", "float32"],
    ["mistral_window", "MistralForCausalLM", "bfloat16"],
  ] as const)("describes the weights of %s as they are", async (name, architecture, dtype) => {
    const from = altered(name, {
      torch_dtype: "float64",
      _name_or_path: "somebody/else",
      auto_map: { AutoModelForCausalLM: "modeling.Model" },
      initializer_range: 0.015,
      transformers_version: "4.45.2",
    });
    const to = path.join(root, `${name}-to`);
    await using model = await LanguageModel.load(from, { dtype });
    await model.save(to);
    expectTrueDescription(to, dtype);
    const { vocab_size, architectures, initializer_range, ...rest } = readConfig(to);
    expect({ vocab_size, architectures, initializer_range }).toEqual({
      vocab_size: 40,
      architectures: [architecture],
      initializer_range: 0.015,
    });
    expect(rest).not.toHaveProperty("_name_or_path");
    expect(rest).not.toHaveProperty("auto_map");
    await using again = await LanguageModel.load(to, { dtype });
    const rows = [Int32Array.of(4, 5, 6, 7, 8, 9)];
    expect(await again.logits(rows)).toEqual(await model.logits(rows));
  });
});

describe("rotary embeddings", () => {
  const scaling = readConfig(path.join(models, "llama_rope_parameters")).rope_parameters;
  const rows = [Int32Array.of(4, 5, 6, 7, 8, 9)];

  // transformers 5 writes rope_parameters; version 4 keeps them and writes its own two keys beside them.
  it.each([
    ["alone", {}],
    ["beside null", { rope_scaling: null, rope_theta: null }],
    ["beside an empty object", { rope_scaling: {} }],
    ["beside the same values", { rope_scaling: scaling, rope_theta: 10000 }],
  ])("in rope_parameters %s are those of the model, and are saved for both versions", async (_, changes) => {
    const to = path.join(root, "rope-to");
    await using plain = await LanguageModel.load(path.join(models, "llama_grouped_llama3"));
    await using original = await LanguageModel.load(path.join(models, "llama_rope_parameters"));
    await using model = await LanguageModel.load(altered("llama_rope_parameters", changes));
    expect(await model.logits(rows)).toEqual(await original.logits(rows));
    expect(await model.logits(rows)).not.toEqual(await plain.logits(rows));
    await model.save(to);
    expect(readConfig(to)).toMatchObject({
      rope_parameters: scaling,
      rope_scaling: scaling,
      rope_theta: 10000,
    });
  });

  it("keep the theta that only rope_scaling has, which version 4 looks for beside it", async () => {
    const to = path.join(root, "theta-to");
    const linear = { rope_type: "linear", factor: 2, rope_theta: 700 };
    const changes = { rope_parameters: null, rope_scaling: linear };
    await using model = await LanguageModel.load(altered("llama_rope_parameters", changes));
    await model.save(to);
    expect(readConfig(to)).toMatchObject({ rope_scaling: linear, rope_theta: 700 });
  });
});

describe("LanguageModel.load", () => {
  it.each([
    ["bert", { model_type: "bert" }],
    ["llava", { model_type: "llava", text_config: {} }],
    ["t5", { model_type: "t5", is_encoder_decoder: true }],
  ])("refuses the family %s with its folder and what is supported", async (type, changes) => {
    const folder = altered("opt_base", changes);
    await expect(LanguageModel.load(folder)).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: `${folder}/config.json: the model_type "${type}" is not supported; supported are opt, gpt2, llama, qwen2, mistral`,
    });
  });

  it("reads JSON files behind a byte-order mark, which some editors write", async () => {
    const folder = altered("opt_base", {});
    await using model = await LanguageModel.load(folder);
    const rows = [Int32Array.of(4, 5, 6)];
    const expected = await model.logits(rows);
    const marked = (name: string, text: string): void =>
      writeFileSync(path.join(folder, name), `\ufeff${text}`);
    marked("config.json", readFileSync(path.join(folder, "config.json"), "utf8"));
    marked("generation_config.json", '{"eos_token_id": [7, 8]}');
    marked("model.safetensors.index.json", '{"weight_map": {"x": "model-1.safetensors"}}');
    renameSync(path.join(folder, "model.safetensors"), path.join(folder, "model-1.safetensors"));
    await using again = await LanguageModel.load(folder);
    expect(await again.logits(rows)).toEqual(expected);
    expect(again.config.eosTokenIds).toEqual([7, 8]);
  });

  it("refuses a head that is not a language model's", async () => {
    const folder = altered("gpt2_base", { architectures: ["GPT2ForSequenceClassification"] });
    await expect(LanguageModel.load(folder)).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: expect.stringContaining('architectures "GPT2ForSequenceClassification"'),
    });
  });
});
