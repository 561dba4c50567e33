import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { learnBpe } from "../../lib/bpe/learn.ts";
import { LLAMA3_PATTERN, preTokenize } from "../../lib/bpe/pattern.ts";
import { type TokenizerKind, writeTokenizer } from "../../lib/bpe/tokenizer-files.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";

const golden = path.resolve(import.meta.dirname, "../golden/bpe");
const documents = readFileSync(path.join(golden, "corpus.txt"), "utf8").split("\n\n");

interface Written {
  model: { vocab: Record<string, number>; merges: [string, string][] };
  [key: string]: unknown;
}

const readJson = (file: string): Written => JSON.parse(readFileSync(file, "utf8")) as Written;

async function inFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "pretrain-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("byte-level BPE", () => {
  it("makes the merges that were computed by hand", () => {
    // Words: "aab" x 3, " ab" x 2. Pairs: (a,b) 5, (a,a) 3, (Ġ,a) 2. After "ab": (a,ab) 3, (Ġ,ab) 2.
    const { merges, vocab } = learnBpe(["aab ab", "aab ab", "aab"], { vocabSize: 300, pattern: "gpt2" });
    expect(merges).toEqual([
      ["a", "b"],
      ["a", "ab"],
      ["Ġ", "ab"],
    ]);
    expect([vocab.get("!"), vocab.get("ab"), vocab.get("aab"), vocab.get("Ġab")]).toEqual([0, 256, 257, 258]);
  });

  it("merges the pair with the smaller ids first if two are equally frequent", () => {
    const { merges } = learnBpe(["dc", "dc", "ba", "ba"], { vocabSize: 300, pattern: "gpt2" });
    expect(merges).toEqual([
      ["b", "a"],
      ["d", "c"],
    ]);
  });

  it.each<TokenizerKind>(["opt", "llama"])(
    "writes the tokenizer.json of Python's trainer: %s",
    async (kind) => {
      const expected = readJson(path.join(golden, `${kind}.golden.json`));
      // The Llama tokenizer of Python has its special tokens in addition to the 700 ids.
      const vocabSize = kind === "opt" ? 700 : 706;
      await inFolder((folder) => {
        writeTokenizer(folder, kind, documents, { vocabSize, positions: 1024 });
        expect(readJson(path.join(folder, "tokenizer.json"))).toEqual(expected);
      });
    },
  );

  it("gives another result for a changed corpus", () => {
    const expected = readJson(path.join(golden, "opt.golden.json"));
    const options = { vocabSize: 700, reserved: 4, pattern: "gpt2" } as const;
    expect(learnBpe(documents, options).merges).toEqual(expected.model.merges);
    expect(learnBpe(documents.slice(1), options).merges).not.toEqual(expected.model.merges);
  });

  it.each<TokenizerKind>(["opt", "llama"])(
    "loads as a Tokenizer that decodes every text it encodes: %s",
    async (kind) => {
      await inFolder(async (folder) => {
        writeTokenizer(folder, kind, documents, { vocabSize: 700, positions: 1024 });
        const tokenizer = await Tokenizer.load(folder);
        const roles = [tokenizer.bosId, tokenizer.padId, tokenizer.eosId];
        expect(roles).toEqual(kind === "opt" ? [2, 1, 2] : [694, 696, 699]);
        for (const text of documents) {
          const ids = tokenizer.encode(text);
          expect(ids[0]).toBe(tokenizer.bosId);
          expect(tokenizer.decode(ids)).toBe(text);
        }
      });
    },
  );

  it("refuses a vocabulary that is too small for the bytes", () => {
    expect(() => learnBpe(["a"], { vocabSize: 259, reserved: 4, pattern: "gpt2" })).toThrow(/at least 260/);
  });

  it("splits text without loss, by the pattern in the tokenizer file", () => {
    for (const text of documents) {
      expect(preTokenize(text, "gpt2").join("")).toBe(text);
      expect(preTokenize(text, "llama3").join("")).toBe(text);
    }
    expect(preTokenize("I'LL go  now.\n\nB:: 1234", "llama3")).toEqual([
      "I",
      "'LL",
      " go",
      " ",
      " now",
      ".\n\n",
      "B",
      "::",
      " ",
      "123",
      "4",
    ]);
    expect(LLAMA3_PATTERN).toContain("\\p{N}{1,3}");
  });
});
