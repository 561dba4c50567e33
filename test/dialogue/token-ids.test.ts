import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type IdOverrides, resolveTokenIds } from "../../lib/dialogue/token-ids.ts";
import type { LanguageModel } from "../../lib/model/language-model.ts";
import type { Tokenizer } from "../../lib/model/tokenizer.ts";
import { temporaryFolder } from "../temporary.ts";
import { loadShape, shapeOf } from "./chat-shapes.ts";

const model = (vocabSize: number, eosTokenIds: number[], padTokenId?: number): LanguageModel =>
  ({ config: { vocabSize, eosTokenIds, padTokenId } }) as unknown as LanguageModel;

let chatml: Tokenizer;
let unnamed: Tokenizer;
let size: number;
let end: number;
let textEnd: number;
beforeAll(async () => {
  chatml = await loadShape(shapeOf("smollm2"), { pad_token: "<|endoftext|>" });
  unnamed = await loadShape(shapeOf("smollm2"), { bos_token: undefined, eos_token: undefined });
  size = chatml.vocabSize;
  end = chatml.tokenToId("<|im_end|>") as number;
  textEnd = chatml.tokenToId("<|endoftext|>") as number;
});

const resolve = (ids: number[], overrides: IdOverrides = {}, rows = size) =>
  resolveTokenIds("teacher", model(rows, ids), chatml, overrides);

describe("the vocabulary", () => {
  it("may have more embeddings than ids, but not fewer: the error names both numbers", () => {
    expect(resolve([end], {}, size + 61).endIds).toEqual([end]);
    expect(() => resolve([end], {}, size - 1)).toThrow(
      expect.objectContaining({
        code: "ERR_TOKENIZER",
        message: expect.stringMatching(
          new RegExp(`the tokenizer has ${size} ids, the model ${size - 1} embeddings.*--teacher-tokenizer`),
        ),
      }),
    );
  });
});

describe("the end ids", () => {
  it("are those of the model, all of them", () => {
    expect(resolve([textEnd, end])).toMatchObject({ endIds: [textEnd, end], notes: [] });
  });

  it("include the tokenizer's end token and the end of a turn in the chat form, and a note says so", () => {
    const { endIds, notes } = resolve([textEnd]);
    expect(endIds).toEqual([textEnd, end]);
    expect(notes).toEqual([expect.stringContaining(`also at ${end} ("<|im_end|>")`)]);
    const chat = resolveTokenIds("teacher", model(size, [textEnd]), unnamed, {}, end);
    expect(chat.endIds).toEqual([textEnd, end]);
  });

  it("leave out an id of the configuration that is ordinary text or no token if there is another", () => {
    const word = chatml.encode("t")[0] as number;
    const { endIds, notes } = resolve([word, size + 3, textEnd], {}, size + 1);
    expect(endIds).toEqual([textEnd, end]);
    expect(notes[0]).toContain(`no turn at ${word} ("t"), ${size + 3} (no token)`);
    // Without a name, the model's id is all there is, as for transformers' generate.
    expect(resolveTokenIds("child", model(size, [word]), unnamed).endIds).toEqual([word]);
  });

  it("are an error if none of the model's is an end token: the tokenizer is that of another model", () => {
    const word = chatml.encode("t")[0] as number;
    const start = chatml.tokenToId("<|im_start|>") as number;
    expect(() => resolve([start])).toThrow(/the model ends at \d+ \("<\|im_start\|>"\), the tokenizer's end/);
    expect(resolve([start, textEnd]).endIds).toEqual([start, textEnd, end]);
    expect(() => resolve([word])).toThrow(
      new RegExp(
        `teacher: tokenizer and model disagree: the model ends at ${word} \\("t"\\), ` +
          `the tokenizer's end token is ${end} \\("<\\|im_end\\|>"\\); pass .*--teacher-tokenizer.*--teacher-eos-token-id`,
      ),
    );
    expect(resolve([word], { endId: word }).endIds).toEqual([word]);
  });

  it("are the explicit id alone", () => {
    expect(resolve([textEnd, end], { endId: 7 })).toMatchObject({ endIds: [7], notes: [] });
    expect(() => resolve([end], { endId: size })).toThrow(
      /outside the vocabulary; pass --teacher-eos-token-id/,
    );
  });

  it("are an error if there is none; a child may do without, because a line feed ends its turns", () => {
    expect(() => resolveTokenIds("teacher", model(size, []), unnamed)).toThrow(
      /the model ends at none, the tokenizer names no end token; pass --teacher-eos-token-id/,
    );
    expect(() => resolveTokenIds("child", model(size, [size]), unnamed)).toThrow(/\(no token\)/);
    expect(resolveTokenIds("child", model(size, []), unnamed).endIds).toEqual([]);
  });
});

describe("the padding id", () => {
  const pad = (padTokenId?: number, overrides: IdOverrides = {}) =>
    resolveTokenIds("child", model(size, [end], padTokenId), chatml, overrides).padId;

  it("is the explicit one, the model's, the tokenizer's or an end id, whichever is in the vocabulary", () => {
    expect(pad(9, { padId: 8 })).toBe(8);
    expect(pad(9)).toBe(9);
    expect(pad(-1)).toBe(textEnd);
    expect(pad(size)).toBe(textEnd);
    expect(resolveTokenIds("child", model(size, [end]), unnamed).padId).toBe(end);
    expect(() => pad(9, { padId: size })).toThrow(/outside the vocabulary; pass --child-pad-token-id/);
  });
});

describe("settings for generation that are not followed", () => {
  const notesOf = (files: Readonly<Record<string, object>>): readonly string[] => {
    const directory = temporaryFolder();
    for (const [name, values] of Object.entries(files)) {
      writeFileSync(path.join(directory, name), JSON.stringify(values));
    }
    return resolveTokenIds("teacher", { ...model(size, [textEnd, end]), directory } as LanguageModel, chatml)
      .notes;
  };

  it("are named with their values and their file", () => {
    // The file of Qwen2.5-0.5B-Instruct.
    const qwen = { do_sample: true, repetition_penalty: 1.1, temperature: 0.7, top_k: 20, top_p: 0.8 };
    expect(notesOf({ "generation_config.json": qwen })).toEqual([
      "generates without repetition_penalty 1.1, which its generation_config.json sets; only " +
        "--teacher-temperature, --teacher-top-k and --teacher-top-p change how it samples",
    ]);
    const others = {
      bad_words_ids: [[1], [2]],
      min_new_tokens: 5,
      num_beams: 4,
      stop_strings: "x".repeat(60),
    };
    expect(notesOf({ "generation_config.json": others })[0]).toMatch(
      /without bad_words_ids \[\[1\],\[2\]\], min_new_tokens 5, stop_strings "x{39}\.\.\., num_beams 4, which its/,
    );
  });

  it("include those of transformers 5", () => {
    const values = { top_h: 0.4, dola_layers: "high", token_healing: true, max_time: 2.5 };
    expect(notesOf({ "generation_config.json": values })[0]).toMatch(
      /^generates without max_time 2\.5, top_h 0\.4, dola_layers "high", token_healing true, which its/,
    );
    const unset = { top_h: null, dola_layers: null, token_healing: false, max_time: null };
    expect(notesOf({ "generation_config.json": unset })).toEqual([]);
  });

  it("include an adapter beside the weights", () => {
    expect(notesOf({ "adapter_config.json": { peft_type: "LORA" } })).toEqual([
      expect.stringMatching(/^is loaded without the PEFT adapter that adapter_config\.json in its folder/),
    ]);
  });

  it("of config.json count where there is no generation_config.json, as in transformers", () => {
    const config = { no_repeat_ngram_size: 3 };
    expect(notesOf({ "config.json": config })[0]).toContain("no_repeat_ngram_size 3, which its config.json");
    expect(notesOf({ "config.json": config, "generation_config.json": {} })).toEqual([]);
  });

  it("are not named where they do nothing", () => {
    const neutral = {
      repetition_penalty: 1.0,
      min_length: 0,
      num_beams: 1,
      suppress_tokens: [],
      bad_words_ids: null,
      max_length: 20,
      eos_token_id: [2],
      transformers_version: "4.45.2",
    };
    expect(notesOf({ "generation_config.json": neutral, "config.json": neutral })).toEqual([]);
    expect(notesOf({})).toEqual([]);
  });
});
