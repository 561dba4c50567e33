import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { temporaryFile } from "../temporary.ts";

/** Written by test/golden/make_tokenizers.py with AutoTokenizer of transformers 4.45.2. */
const shapes = path.resolve(import.meta.dirname, "../golden/tokenizers/shapes");

/**
 * For one text: its ids with special tokens as plain text, with special tokens allowed (0: the same), with the template;
 * then the text of the last ids with special tokens and without them.
 */
type Case = [plain: number[], allowed: number[] | 0, full: number[], shown: string, skipped: string];

interface Expected {
  /** Ids of the tokens that have a name, such as `bos_token`. */
  readonly specialIds: number[];
  /** Number of tokens. */
  readonly size: number;
  readonly cases: Case[];
}

const read = (...names: string[]): unknown => JSON.parse(readFileSync(path.join(shapes, ...names), "utf8"));
const texts = read("texts.json") as string[];
const names = readdirSync(shapes).filter((name) => name !== "texts.json");

/** Lists of [text, result] of all cases, so that a failure shows the texts. */
function compare<T>(expected: Expected, results: (text: string, values: Case) => [own: T, python: T]): void {
  const both = expected.cases.map((values, index) => {
    const text = texts[index] as string;
    return [text, ...results(text, values)] as const;
  });
  const shown = (which: 1 | 2): string[] =>
    both.map((row) => `${JSON.stringify(row[0])} ${JSON.stringify(row[which])}`);
  expect(shown(1)).toEqual(shown(2));
}

it("covers at least 12 shapes and 40 texts", () => {
  expect(names.length).toBeGreaterThanOrEqual(12);
  expect(new Set(texts).size).toBeGreaterThanOrEqual(40);
});

describe.each(names)("%s", (name) => {
  const expected = read(name, "expected.json") as Expected;
  let tokenizer: Tokenizer;

  beforeAll(async () => {
    tokenizer = await Tokenizer.load(path.join(shapes, name));
  });

  it("has the ids of transformers", () => {
    const encode = (text: string, addSpecialTokens: boolean, allowSpecial: boolean): number[] => [
      ...tokenizer.encode(text, { addSpecialTokens, allowSpecial }),
    ];
    compare(expected, (text, [plain]) => [encode(text, false, false), plain]);
    compare(expected, (text, [plain, allowed]) => [encode(text, false, true), allowed || plain]);
    compare(expected, (text, [, , full]) => [encode(text, true, true), full]);
  });

  it("has the texts of transformers, at once and as a stream", () => {
    const stream = (ids: number[], skipSpecialTokens: boolean): string => {
      const decoder = tokenizer.streamDecoder({ skipSpecialTokens });
      const pieces = ids.map((id) => decoder.push(id));
      return pieces.join("") + decoder.flush();
    };
    compare(expected, (_, [, , full, , skipped]) => [tokenizer.decode(full), skipped]);
    compare(expected, (_, [, , full, shown]) => [
      tokenizer.decode(full, { skipSpecialTokens: false }),
      shown,
    ]);
    compare(expected, (_, [, , full, , skipped]) => [stream(full, true), skipped]);
    compare(expected, (_, [, , full, shown]) => [stream(full, false), shown]);
  });

  it("has the size and the special tokens of transformers", () => {
    const unused = tokenizer.unusedIds(tokenizer.vocabSize).length;
    expect(tokenizer.vocabSize - unused).toBe(expected.size);
    expect(expected.specialIds.filter((id) => !tokenizer.specialIds.has(id))).toEqual([]);
  });
});

it.each<[name: string, file: string, change: object]>([
  ["template-around", "tokenizer.json", { post_processor: null }],
  ["llama2-legacy", "tokenizer.json", { normalizer: null }],
  ["metaspace-first", "tokenizer.json", { pre_tokenizer: { type: "Metaspace", prepend_scheme: "always" } }],
  ["gpt2-prefix-space", "tokenizer_config.json", { add_prefix_space: false }],
  ["llama2-eos", "tokenizer_config.json", { add_eos_token: false }],
  ["bert", "tokenizer_config.json", { do_lower_case: false }],
  ["added-tokens-decoder", "tokenizer_config.json", { added_tokens_decoder: {} }],
])("%s differs from transformers after a change of %s: %j", async (name, file, change) => {
  const folder = temporaryFile(name);
  cpSync(path.join(shapes, name), folder, { recursive: true });
  writeFileSync(path.join(folder, file), JSON.stringify({ ...(read(name, file) as object), ...change }));
  const tokenizer = await Tokenizer.load(folder);
  const { cases } = read(name, "expected.json") as Expected;
  const own = texts.map((text) => JSON.stringify([...tokenizer.encode(text, { allowSpecial: true })]));
  expect(own).not.toEqual(cases.map(([, , full]) => JSON.stringify(full)));
});
