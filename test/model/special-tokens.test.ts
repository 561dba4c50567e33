import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { temporaryFolder } from "../temporary.ts";

const tokenizerJson = JSON.stringify({
  added_tokens: [{ id: 2, content: "<s>", special: true }],
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
  decoder: { type: "ByteLevel" },
  model: { type: "BPE", vocab: { a: 0, b: 1, z: 5 }, merges: [] },
});

/** Loads a small tokenizer with further files, which are given as text or as values of JSON files. */
async function load(files: Readonly<Record<string, unknown>>): Promise<Tokenizer> {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "tokenizer.json"), tokenizerJson);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return Tokenizer.load(folder);
}

const content = (text: string): object => ({ content: text, lstrip: false });

describe("the special tokens", () => {
  it("come from tokenizer_config.json, as texts or as objects", async () => {
    const config = { bos_token: "<s>", eos_token: content("b"), pad_token: null, added_tokens_decoder: {} };
    const tokenizer = await load({ "tokenizer_config.json": config });
    expect(tokenizer.specialTokens).toEqual({ bos_token: "<s>", eos_token: "b" });
    expect([tokenizer.bosId, tokenizer.eosId, tokenizer.padId]).toEqual([2, 1, undefined]);
    // As in transformers, a named token of the vocabulary becomes a special one.
    expect([...tokenizer.specialIds]).toEqual([2, 1]);
    expect([...tokenizer.unusedIds(8)]).toEqual([3, 4, 6, 7]);
  });

  it("come from special_tokens_map.json first only if the configuration is of the older form", async () => {
    const map = { eos_token: content("b"), unk_token: "z" };
    const older = await load({
      "tokenizer_config.json": { eos_token: "a" },
      "special_tokens_map.json": map,
    });
    expect(older.specialTokens).toEqual({ eos_token: "b", unk_token: "z" });
    const config = { eos_token: "a", added_tokens_decoder: {} };
    const newer = await load({ "tokenizer_config.json": config, "special_tokens_map.json": map });
    expect(newer.specialTokens).toEqual({ eos_token: "a", unk_token: "z" });
  });

  it("get new ids in the order of transformers, whatever the order in the file", async () => {
    const config = {
      cls_token: "<c>",
      pad_token: "<p>",
      sep_token: "<q>",
      unk_token: "<u>",
      eos_token: "<e>",
    };
    const tokenizer = await load({ "tokenizer_config.json": config });
    // The order is that of transformers 4.45.2.
    expect(["<e>", "<u>", "<q>", "<p>", "<c>"].map((token) => tokenizer.tokenToId(token))).toEqual([
      3, 4, 5, 6, 7,
    ]);
  });

  // The ids and texts are those of transformers 4.45.2.
  it.each([
    [
      { "tokenizer_config.json": { additional_special_tokens: ["<x>", "b"] } },
      [0, 7, 1, 3, 5, 4, 0],
      "a<z>a",
    ],
    [
      { "special_tokens_map.json": { additional_special_tokens: ["<x>", content("<z>")] } },
      [0, 7, 1, 8, 0],
      "aba",
    ],
    [
      {
        "tokenizer_config.json": { additional_special_tokens: ["<x>"] },
        "special_tokens_map.json": { additional_special_tokens: ["<z>"] },
      },
      [0, 7, 1, 8, 0],
      "aba",
    ],
    [
      {
        "tokenizer_config.json": { additional_special_tokens: ["<x>"], added_tokens_decoder: {} },
        "special_tokens_map.json": { additional_special_tokens: ["<z>"] },
      },
      [0, 7, 1, 3, 5, 4, 0],
      "ab<z>a",
    ],
  ])("may have no name of their own: %j", async (files, ids, text) => {
    const vocab = { a: 0, b: 1, "<s>": 2, "<": 3, ">": 4, z: 5, x: 6 };
    const model = { type: "BPE", vocab, merges: [] };
    const tokenizer = await load({ "tokenizer.json": { ...JSON.parse(tokenizerJson), model }, ...files });
    const encoded = tokenizer.encode("a<x>b<z>a", { addSpecialTokens: false, allowSpecial: true });
    expect([...encoded]).toEqual(ids);
    expect(tokenizer.decode(encoded)).toBe(text);
  });
});

describe("added tokens of white space", () => {
  // The ids are those of tokenizers 0.20.3.
  it.each([
    ["\n\n", [5]],
    ["a\n\nb", [0, 5, 1]],
    ["a \n \n b", [0, 5, 1]],
  ])("take all of it once where they strip both sides: %j", async (text, ids) => {
    const token = { id: 5, content: "\n", lstrip: true, rstrip: true, normalized: false, special: false };
    const model = { type: "BPE", vocab: { a: 0, b: 1, "\u0120": 2, "\u010a": 3, "<s>": 4 }, merges: [] };
    const tokenizer = await load({
      "tokenizer.json": { ...JSON.parse(tokenizerJson), model, added_tokens: [token] },
    });
    expect([...tokenizer.encode(text)]).toEqual(ids);
  });
});

describe("the chat template", () => {
  const named = (...names: string[]): object => ({
    chat_template: names.map((name) => ({ name, template: `template ${name}` })),
  });

  // AutoTokenizer of transformers 4.45.2 and 5.24.0 leaves chat_template.json out.
  it("comes from chat_template.jinja, tokenizer_config.json and chat_template.json, in this order", async () => {
    expect((await load({})).chatTemplate).toBeUndefined();
    const json = { "chat_template.json": { chat_template: "third" } };
    expect((await load(json)).chatTemplate).toBe("third");
    expect((await load({ ...json, "tokenizer_config.json": { chat_template: null } })).chatTemplate).toBe(
      "third",
    );
    const files = { ...json, "tokenizer_config.json": { chat_template: "second" } };
    expect((await load(files)).chatTemplate).toBe("second");
    expect((await load({ ...files, "chat_template.jinja": "first\n" })).chatTemplate).toBe("first\n");
  });

  it("is the default one of a list of named templates", async () => {
    const several = await load({ "tokenizer_config.json": named("rag", "default") });
    expect(several.chatTemplate).toBe("template default");
    expect((await load({ "tokenizer_config.json": named("tool_use") })).chatTemplate).toBe(
      "template tool_use",
    );
    const none = await load({ "tokenizer_config.json": named("rag", "tool_use") });
    expect(() => none.chatTemplate).toThrow(/no template named "default" \(it has "rag", "tool_use"\)/);
  });
});
