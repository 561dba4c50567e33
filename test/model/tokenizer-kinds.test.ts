import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { temporaryFolder } from "../temporary.ts";

const shapes = path.resolve(import.meta.dirname, "../golden/tokenizers/shapes");

type Json = Record<string, unknown>;

function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

/** A BPE whose vocabulary is known by heart: letters a to c, a merge, a space mark and byte tokens of the line feed. */
const VOCAB = { "<unk>": 0, a: 1, b: 2, c: 3, ab: 4, "\u2581": 5, "<0x0A>": 6, "<0xC3>": 7, "<0xA9>": 8 };
const base = (changes: Json, model: Json = {}): Json => ({
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: "BPE", vocab: VOCAB, merges: [["a", "b"]], unk_token: "<unk>", ...model },
  ...changes,
});
const load = (changes: Json, model: Json = {}, files: Json = {}): Promise<Tokenizer> =>
  Tokenizer.load(folderOf({ "tokenizer.json": base(changes, model), ...files }));

const SENTENCEPIECE = {
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: "\u2581" },
      { type: "Replace", pattern: { String: " " }, content: "\u2581" },
    ],
  },
  decoder: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "\u2581" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  },
};

describe("a SentencePiece-style BPE", () => {
  it("returns the text with spaces and line feeds", async () => {
    const tokenizer = await load(SENTENCEPIECE, { byte_fallback: true });
    const ids = [...tokenizer.encode("ab c\n\u00e9")];
    expect(ids).toEqual([5, 4, 5, 3, 6, 7, 8]);
    expect(tokenizer.decode(ids)).toBe("ab c\n\u00e9");
    expect(tokenizer.idsContaining("\n")).toEqual([6]);
    expect(tokenizer.idsContaining(" ")).toEqual([5]);
  });

  it("streams text before the end, but holds back bytes that may be incomplete", async () => {
    const tokenizer = await load(SENTENCEPIECE, { byte_fallback: true });
    const decoder = tokenizer.streamDecoder();
    expect([5, 4, 5, 7, 8, 3].map((id) => decoder.push(id))).toEqual(["", "ab", " ", "", "", "\u00e9c"]);
    expect([7].map((id) => decoder.push(id)).join("") + decoder.flush()).toBe("\ufffd");
  });
});

describe("ids that contain a line feed", () => {
  it("are found in every kind of tokenizer, without special tokens", async () => {
    const added = (content: string, id: number, special: boolean): Json => ({ content, id, special });
    const tokens = [added("a\nb", 9, false), added("\n", 10, true)];
    for (const decoder of [null, { type: "Metaspace" }, { type: "WordPiece" }, { type: "ByteLevel" }]) {
      const tokenizer = await load({ decoder, added_tokens: tokens });
      expect([decoder?.type, tokenizer.idsContaining("\n")]).toEqual([decoder?.type, [9]]);
    }
    const bytes = await Tokenizer.load(path.join(shapes, "template-around"));
    const found = bytes.idsContaining("\n");
    expect(found).toContain(bytes.tokenToId("\u010a"));
    expect(found.every((id) => bytes.decode([id]).includes("\n"))).toBe(true);
  });
});

describe("truncation", () => {
  it("keeps the tokens that the template adds before and after the text", async () => {
    const special = (id: string): Json => ({ SpecialToken: { id, type_id: 0 } });
    const text = { Sequence: { id: "A", type_id: 0 } };
    const tokens = {
      begin: { id: "begin", ids: [7, 8], tokens: [] },
      end: { id: "end", ids: [6], tokens: [] },
    };
    const single = [special("begin"), text, special("end")];
    const processor = { type: "TemplateProcessing", single, pair: [], special_tokens: tokens };
    const tokenizer = await load({ post_processor: processor });
    expect([...tokenizer.encode("abcc")]).toEqual([7, 8, 4, 3, 3, 6]);
    expect([...tokenizer.encode("abcc", { maxLength: 4 })]).toEqual([7, 8, 4, 6]);
    expect([...tokenizer.encode("abcc", { maxLength: 4, truncationSide: "left" })]).toEqual([7, 8, 3, 6]);
    expect([...tokenizer.encode("abcc", { maxLength: 2 })]).toEqual([7, 8]);
    expect([...tokenizer.encode("abcc", { addSpecialTokens: false, maxLength: 2 })]).toEqual([4, 3]);
  });
});

describe("a copy of a tokenizer", () => {
  it.each(["pair-gpt2", "llama2-eos"])("%s gives the same ids", async (name) => {
    const target = temporaryFolder();
    const original = await Tokenizer.load(path.join(shapes, name));
    original.copyTo(target);
    const files = readdirSync(path.join(shapes, name)).filter((file) => file !== "expected.json");
    expect(readdirSync(target).sort()).toEqual(files.sort());
    const copy = await Tokenizer.load(target);
    expect([...copy.encode("So, uh <tool>\n")]).toEqual([...original.encode("So, uh <tool>\n")]);
  });

  it("can be changed when the original is read-only", async () => {
    const source = temporaryFolder();
    cpSync(path.join(shapes, "llama2-eos"), source, { recursive: true });
    for (const name of readdirSync(source)) chmodSync(path.join(source, name), 0o444);
    const target = temporaryFolder();
    (await Tokenizer.load(source)).copyTo(target);
    const writable = readdirSync(target).filter((name) => statSync(path.join(target, name)).mode & 0o200);
    expect(writable.sort()).toEqual(["tokenizer.json", "tokenizer_config.json"]);
  });

  it("has the chat template and the SentencePiece model", async () => {
    const files = { "chat_template.jinja": "{{ bos_token }}", "tokenizer.model": "binary" };
    const target = temporaryFolder();
    (await load({}, {}, files)).copyTo(target);
    const own = ["chat_template.jinja", "tokenizer.json", "tokenizer.model", "tokenizer_config.json"];
    expect(readdirSync(target).sort()).toEqual(own);
    expect((await Tokenizer.load(target)).chatTemplate).toBe("{{ bos_token }}");
  });

  it("gives the same ids beside a model of another type, whose class has another template", async () => {
    const names = { "<s>": 9, "</s>": 10 };
    const files = { "tokenizer_config.json": { bos_token: "<s>", eos_token: "</s>" } };
    const plain = await load({}, { vocab: { ...VOCAB, ...names } }, files);
    const target = folderOf({ "config.json": { model_type: "llama" } });
    plain.copyTo(target);
    expect([...plain.encode("ab")]).toEqual([4]);
    expect([...(await Tokenizer.load(target)).encode("ab")]).toEqual([4]);
    expect(JSON.parse(readFileSync(path.join(target, "tokenizer_config.json"), "utf8"))).toEqual({
      bos_token: "<s>",
      eos_token: "</s>",
      tokenizer_class: "PreTrainedTokenizerFast",
    });
    const llama = await load(
      {},
      { vocab: { ...VOCAB, ...names } },
      { "config.json": { model_type: "llama" } },
    );
    const beside = folderOf({ "config.json": { model_type: "opt" } });
    llama.copyTo(beside);
    expect([...llama.encode("ab")]).toEqual([9, 4]);
    expect([...(await Tokenizer.load(beside)).encode("ab")]).toEqual([9, 4]);
  });
});

describe("the model's type", () => {
  it("decides on the tokenizer class that tokenizer_config.json does not name", async () => {
    const names = { "<s>": 9, "</s>": 10 };
    const llama = await load(
      {},
      { vocab: { ...VOCAB, ...names } },
      { "config.json": { model_type: "llama" } },
    );
    expect([llama.bosId, llama.eosId, llama.padId]).toEqual([9, 10, undefined]);
    expect([...llama.encode("ab")]).toEqual([9, 4]);
    const vocab = { ...VOCAB, "<|endoftext|>": 9 };
    const gpt2 = await load({}, { vocab }, { "config.json": { model_type: "gpt2" } });
    expect([gpt2.bosId, gpt2.eosId]).toEqual([9, 9]);
    expect([...gpt2.encode("ab<|endoftext|>", { allowSpecial: true })]).toEqual([4, 9]);
  });
});

describe("what is not supported", () => {
  const unigram = { type: "Unigram", vocab: [["a", -1]], unk_id: 0, merges: undefined, unk_token: undefined };
  const split = { type: "Split", pattern: { Regex: "a|b" }, behavior: "MergedWithNext", invert: false };
  const first = { type: "Metaspace", replacement: "\u2581", prepend_scheme: "first" };
  const sequence = { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, first] };
  it.each<[RegExp, Json, Json]>([
    [/normalizer "Precompiled"/, { normalizer: { type: "Precompiled", precompiled_charsmap: "" } }, {}],
    [/normalizer "Nmt"/, { normalizer: { type: "Sequence", normalizers: [{ type: "Nmt" }] } }, {}],
    [/pre-tokenizer "UnicodeScripts"/, { pre_tokenizer: { type: "UnicodeScripts" } }, {}],
    [/Split with behavior "MergedWithNext"/, { pre_tokenizer: split }, {}],
    [/"first" after another pre-tokenizer/, { pre_tokenizer: sequence }, {}],
    [/option "future" of the pre-tokenizer Digits/, { pre_tokenizer: { type: "Digits", future: 1 } }, {}],
    [/post-processor "Other"/, { post_processor: { type: "Other" } }, {}],
    [/no place for the text/, { post_processor: { type: "TemplateProcessing", single: [] } }, {}],
    [/decoder "CTC"/, { decoder: { type: "CTC" } }, {}],
    [/model "WordLevel"/, {}, { type: "WordLevel" }],
    [/option "future" of the model BPE/, {}, { future: true }],
    [/dropout/, {}, { dropout: 0.1 }],
    [/continuing_subword_prefix/, {}, { continuing_subword_prefix: "##" }],
    [/end_of_word_suffix/, {}, { end_of_word_suffix: "</w>", unk_token: null }],
    [/merge \["b","c"\] is out of the vocabulary/, {}, { merges: [["b", "c"]] }],
    [/unknown token "<none>"/, {}, { unk_token: "<none>" }],
    [/Unigram with byte_fallback/, {}, { ...unigram, byte_fallback: true }],
    [/Unigram without unk_id/, {}, { ...unigram, unk_id: null }],
    [/expected a model with a vocabulary/, {}, { vocab: [] }],
  ])("is refused with its name: %s", async (message, changes, model) => {
    await expect(load(changes, model)).rejects.toMatchObject({ code: "ERR_TOKENIZER", message });
  });

  it("includes tokenizer classes with rules of their own", async () => {
    const config = { tokenizer_class: "CLIPTokenizerFast" };
    const loaded = load({}, {}, { "tokenizer_config.json": config });
    await expect(loaded).rejects.toMatchObject({ message: /tokenizer class "CLIPTokenizerFast"/ });
  });

  it("includes a SentencePiece model and a WordPiece list alone, with the remedy", async () => {
    for (const name of ["tokenizer.model", "spiece.model", "vocab.txt"]) {
      await expect(Tokenizer.load(folderOf({ [name]: "binary" }))).rejects.toMatchObject({
        code: "ERR_TOKENIZER",
        message: new RegExp(`${name} without tokenizer.json .*save_pretrained`),
      });
    }
  });

  it("includes a pair of files whose class is not a byte-level BPE", async () => {
    const files = {
      "vocab.json": { a: 0 },
      "merges.txt": "",
      "tokenizer_config.json": { tokenizer_class: "OpenAIGPTTokenizer" },
    };
    await expect(Tokenizer.load(folderOf(files))).rejects.toMatchObject({
      message: /OpenAIGPTTokenizer are not supported; save the tokenizer once/,
    });
  });
});
