import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";

const NAMES: Readonly<Record<string, string>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/** Returns the header of a safetensors file: type and shape of each tensor. */
function readHeader(file: string): { name: string; dtype: string; shape: number[] }[] {
  const bytes = readFileSync(file);
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0)))) as Record<
    string,
    { dtype: string; shape: number[] }
  >;
  return Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, { dtype, shape }]) => ({ name, dtype: NAMES[dtype] ?? dtype, shape }));
}

/**
 * Expects that the config.json of a saved model says what its weights are: their type under both names that transformers
 * reads, the number of rows of the embedding, and whether the head is tied.
 *
 * @param dtype type that the weights must have, if the caller chose one
 */
export function expectTrueDescription(folder: string, dtype?: string): void {
  const tensors = readHeader(path.join(folder, "model.safetensors"));
  const config = JSON.parse(readFileSync(path.join(folder, "config.json"), "utf8"));
  const embedding = tensors.find(({ name }) => /(embed_tokens|wte)\.weight$/.test(name));
  const types = [...new Set(tensors.map((tensor) => tensor.dtype))];
  if (dtype !== undefined) expect(types).toEqual([dtype]);
  expect([[config.torch_dtype], [config.dtype]]).toEqual([types, types]);
  expect(config.vocab_size).toBe(embedding?.shape[0]);
  expect(config.tie_word_embeddings).toBe(!tensors.some(({ name }) => name === "lm_head.weight"));
}
