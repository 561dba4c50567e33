import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "../../lib/model/tokenizer.ts";

const golden = path.resolve(import.meta.dirname, "../golden/tokenizers");

interface Case {
  text: string;
  ids: number[];
  decoded: string;
}

const cases = (name: string): Case[] =>
  JSON.parse(readFileSync(path.join(golden, name, "expected.json"), "utf8")) as Case[];

describe.each([
  ["opt", "opt"],
  ["llama", "llama"],
  ["opt-legacy", "opt"],
])("%s", (folder, expected) => {
  it("encodes as Python's tokenizers does when special tokens are allowed", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, folder));
    for (const { text, ids } of cases(expected)) {
      expect([JSON.stringify(text), [...tokenizer.encode(text, { allowSpecial: true })]]).toEqual([
        JSON.stringify(text),
        ids,
      ]);
    }
  });

  it("decodes as Python's tokenizers does", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, folder));
    for (const { ids, decoded } of cases(expected)) expect(tokenizer.decode(ids)).toBe(decoded);
  });

  it("encodes special tokens in a text as plain text, so that decoding returns the text", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, folder));
    for (const { text } of cases(expected)) {
      const ids = tokenizer.encode(text);
      // `decode` skips special tokens, so a special token would be missing here.
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });
});

describe("Tokenizer", () => {
  it("differs from Python on the golden texts when the split pattern stays implicit", async () => {
    const source = path.join(golden, "opt");
    const folder = mkdtempSync(path.join(os.tmpdir(), "tokenizer-"));
    const json = JSON.parse(readFileSync(path.join(source, "tokenizer.json"), "utf8"));
    json.pre_tokenizer = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true };
    writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(json));
    const changed = await Tokenizer.load(folder);
    const different = cases("opt").filter(({ text, ids }) => {
      const own = changed.encode(text, { allowSpecial: true });
      return JSON.stringify([...own]) !== JSON.stringify(ids);
    });
    rmSync(folder, { recursive: true });
    expect(different.length).toBeGreaterThan(10);
  });

  it("truncates on either side and keeps the first token, and pads on either side", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, "opt"));
    const text = "So, uh, did you ever get that boat";
    const all = [...tokenizer.encode(text)];
    expect([...tokenizer.encode(text, { maxLength: 5 })]).toEqual(all.slice(0, 5));
    const left = [...tokenizer.encode(text, { maxLength: 5, truncationSide: "left" })];
    expect(left).toEqual([all[0], ...all.slice(-4)]);
    const rows = [Int32Array.of(5), Int32Array.of(6, 7)];
    expect(tokenizer.pad(rows, { side: "left", padId: 1 }).map((row) => [...row])).toEqual([
      [1, 5],
      [6, 7],
    ]);
    expect(tokenizer.pad(rows, { side: "right", padId: 1 }).map((row) => [...row])[0]).toEqual([5, 1]);
  });

  it("streams text only when its characters are complete", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, "opt"));
    const decoder = tokenizer.streamDecoder();
    const parts = [...tokenizer.encode("é😀a", { addSpecialTokens: false })].map((id) => decoder.push(id));
    expect(parts.join("") + decoder.flush()).toBe("é😀a");
    expect(parts.every((part) => !part.includes("\ufffd"))).toBe(true);
    expect(decoder.push(tokenizer.tokenToId("Ã") as number) + decoder.flush()).toBe("\ufffd");
  });

  it("finds all ids that contain a line feed", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, "llama"));
    const ids = tokenizer.idsContaining("\n");
    const vocab = JSON.parse(readFileSync(path.join(golden, "llama", "tokenizer.json"), "utf8")).model.vocab;
    const expected = Object.entries(vocab).filter(([token]) => token.includes("Ċ"));
    expect(ids.sort((a, b) => a - b)).toEqual(expected.map(([, id]) => id as number).sort((a, b) => a - b));
    expect(ids.length).toBeGreaterThan(1);
  });

  it("refuses negative ids, missing files and damaged files", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, "opt"));
    expect(() => tokenizer.decode([-1])).toThrow(/-1 is not a token id/);
    expect(() => tokenizer.decode([0.5])).toThrow(/0.5 is not a token id/);
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.decode(Int32Array.of(5))).not.toBe("");
    await expect(Tokenizer.load(os.tmpdir())).rejects.toMatchObject({
      code: "ERR_TOKENIZER",
      message: /no tokenizer/,
    });
    const folder = mkdtempSync(path.join(os.tmpdir(), "tokenizer-"));
    writeFileSync(path.join(folder, "tokenizer.json"), "{");
    await expect(Tokenizer.load(folder)).rejects.toMatchObject({
      code: "ERR_TOKENIZER",
      message: /not valid JSON/,
    });
    rmSync(folder, { recursive: true });
  });

  it("decodes ids without a token to nothing and lists them", async () => {
    const tokenizer = await Tokenizer.load(path.join(golden, "opt"));
    const ids = [...tokenizer.encode("So, uh", { addSpecialTokens: false })];
    expect(tokenizer.decode([999_999, ...ids, tokenizer.vocabSize])).toBe("So, uh");
    expect([...tokenizer.unusedIds(tokenizer.vocabSize + 3)]).toEqual(
      [0, 1, 2].map((id) => tokenizer.vocabSize + id),
    );
    expect([...tokenizer.unusedIds(tokenizer.vocabSize)]).toEqual([]);
  });
});

describe("encodePrompt", () => {
  it("keeps the tokens that the template puts before a text, and not those after it", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "dppo-tokenizer-"));
    const { post_processor: _, ...rest } = JSON.parse(
      readFileSync(path.join(golden, "opt/tokenizer.json"), "utf8"),
    );
    const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
    const text = { Sequence: { id: "A", type_id: 0 } };
    const entry = (id: string, number: number) => ({ id, ids: [number], tokens: [id] });
    const [first, last] = [rest.model.vocab["<s>"] as number, rest.model.vocab["</s>"] as number];
    const post_processor = {
      type: "TemplateProcessing",
      single: [special("<s>"), text, special("</s>")],
      pair: [special("<s>"), text, { Sequence: { id: "B", type_id: 0 } }],
      special_tokens: { "<s>": entry("<s>", first), "</s>": entry("</s>", last) },
    };
    writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify({ ...rest, post_processor }));
    const tokenizer = await Tokenizer.load(folder);
    const body = [...tokenizer.encode("A:: hello", { addSpecialTokens: false })];
    expect([...tokenizer.encode("A:: hello")]).toEqual([first, ...body, last]);
    expect([...tokenizer.encodePrompt("A:: hello")]).toEqual([first, ...body]);
    rmSync(folder, { recursive: true });
  });
});

describe("an option of encode with a wrong value", () => {
  it.each([
    [{ maxLength: "2" }, 'encode: maxLength: expected a whole number of at least 0, got "2"'],
    [{ maxLength: -2 }, "encode: maxLength: expected a whole number of at least 0, got -2"],
    [{ maxLength: 1.5 }, "encode: maxLength"],
    [{ maxLength: Number.NaN }, "encode: maxLength"],
    [{ truncationSide: "middle" }, 'encode: truncationSide: expected left or right, got "middle"'],
    [{ addSpecialTokens: "no" }, "encode: addSpecialTokens: expected true or false"],
    [{ allowSpecial: 1 }, "encode: allowSpecial: expected true or false, got 1"],
  ])("is refused: %o", async (options, message) => {
    const tokenizer = await Tokenizer.load(path.join(golden, "opt"));
    expect(() => tokenizer.encode("hello world", options as never)).toThrow(message);
    expect(tokenizer.encode("hello world", { maxLength: 0 })).toHaveLength(0);
  });
});
