import { describe, expect, it } from "vitest";
import { importSpaces, inspectSpaces, loadSpaces, Taaco } from "../../lib/index.ts";

const taaco = await Taaco.create();
const TEXT = "The dog ran. The dog sat.";

/** What a program without types can pass in place of a text, and what the message says of it. */
const NO_TEXTS: readonly [name: string, value: unknown, expected: string][] = [
  ["nothing", undefined, "expected a string, { turns } or { paragraphs }, got undefined"],
  ["null", null, "got null"],
  ["a number", 5, "got number"],
  ["a list of texts", ["a", "b"], "expected a string, { turns } or { paragraphs }, got object"],
  ["turns that are a text", { turns: "A:: Hi." }, "turns: expected a list"],
  [
    "a turn without a speaker",
    { turns: [{ speaker: "A", text: "Hi." }, { text: "Yes." }] },
    "turn 1: expected",
  ],
  ["a hole in the turns", { turns: new Array(1) }, "turn 0: expected"],
  ["a speaker that is a number", { turns: [{ speaker: 1, text: "Hi." }] }, "turn 0: expected"],
  ["paragraphs of texts", { paragraphs: [[], ["a b"]] }, "paragraph 1: expected a list of sentences"],
  [
    "tokens of three parts",
    { paragraphs: [[[["a", "a", "DT"]]]] },
    'tokens [form, lemma, tag, flags]; sentence 0, token 0 is ["a", "a", "DT"]',
  ],
  ["flags that are a word", { paragraphs: [[[["a", "a", "DT", "DET"]]]] }, "whose flags are not letters of"],
  ["tags of another tag set", { paragraphs: [[[["a", "a", "DET", ""]]]] }, "expected a Penn tag"],
];

const failure = (code: string, message: string) => ({ code, message: expect.stringContaining(message) });

describe("a text that is none", () => {
  it.each(NO_TEXTS)("%s: every method refuses it with ERR_CONFIG", (_, value, message) => {
    const input = value as string;
    const calls: Readonly<Record<string, () => unknown>> = {
      analyse: () => taaco.analyse(input),
      indices: () => taaco.indices(input),
      explain: () => taaco.explain(input, "lemma_ttr"),
      extras: () => taaco.extras(input),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(call, name).toThrow(expect.objectContaining(failure("ERR_CONFIG", `${name}: `)));
      expect(call, name).toThrow(expect.objectContaining(failure("ERR_CONFIG", message)));
    }
  });

  it("is named as the source, and leaves the object usable", () => {
    const source = 5 as unknown as string;
    expect(() => taaco.indices(TEXT, { source })).toThrow("indices: source: expected a string");
    expect(() => taaco.explain(TEXT, "source_similarity_lsa", { source })).toThrow("explain: source: ");
    // Four of the six words are different lemmas: the, dog, run, sit.
    expect(taaco.indices(TEXT).lemma_ttr).toBeCloseTo(4 / 6, 12);
  });

  it("is refused as a turn or its context", () => {
    const analysed = taaco.analyse(TEXT);
    const call = (turn: unknown, context: unknown) => () =>
      taaco.turnExtras(turn as typeof analysed, context as typeof analysed);
    expect(call(TEXT, analysed)).toThrow(
      expect.objectContaining(failure("ERR_CONFIG", "turnExtras: turn: ")),
    );
    expect(call(analysed, undefined)).toThrow("turnExtras: context: paragraphs: expected a list");
    expect(call(analysed, analysed)()).toHaveProperty("dppo_turn_words", 6);
  });
});

describe("other arguments of Taaco", () => {
  it.each([undefined, null, 5, {}])("%s is no name of an index", (name) => {
    expect(() => taaco.explain(TEXT, name as unknown as string)).toThrow(
      "expected a list of names of indices",
    );
    expect(() => taaco.indices(TEXT, { only: [name as unknown as string] })).toThrow("indices: only: ");
  });

  it("a name alone is no list of names", () => {
    expect(() => taaco.indices(TEXT, { only: "lemma_ttr" as unknown as string[] })).toThrow(
      "indices: only: ",
    );
  });

  it("refuses what is no list of spaces, and two spaces of a kind", async () => {
    const space = { kind: "lsa" as const, dimensions: 1, row: () => -1, values: new Float32Array(1) };
    for (const spaces of ["folder", [{}], [{ ...space, kind: "glove" }], [{ ...space, values: [1] }]]) {
      const given = spaces as unknown as (typeof space)[];
      await expect(Taaco.create({ spaces: given })).rejects.toMatchObject(
        failure("ERR_CONFIG", "spaces: expected a list of spaces"),
      );
    }
    await expect(Taaco.create({ spaces: [space, space] })).rejects.toThrow(
      "at most one of each kind, got two of lsa",
    );
    expect((await Taaco.create({ spaces: [space] })).spaces).toEqual([space]);
  });

  it.each([
    ["loadSpaces", loadSpaces],
    ["inspectSpaces", inspectSpaces],
    ["importSpaces", importSpaces],
  ])("%s refuses what is no path", async (name, load) => {
    for (const path of [undefined, null, 5, {}, "", "a\0b"]) {
      await expect(load(path as unknown as string)).rejects.toMatchObject({
        code: "ERR_CONFIG",
        message: expect.stringMatching(new RegExp(`^${name}: \\w+: expected a path$`)),
      });
    }
  });
});

describe("a tagger of a program", () => {
  const TOKEN = ["dog", "dog", "NN", "N"];
  const withTagger = (tag: unknown) => Taaco.create({ tagger: { name: "own", tag } as never });

  it.each([
    ["a text", "spacy"],
    ["nothing to call", { name: "own" }],
    ["a function", () => []],
  ])("that is %s is refused", async (_, tagger) => {
    await expect(Taaco.create({ tagger: tagger as never })).rejects.toMatchObject(
      failure("ERR_CONFIG", "Taaco.create: tagger: expected an object with a name and the function tag"),
    );
  });

  it.each([
    ["asynchronous", async () => [[TOKEN]], "got a promise"],
    ["without sentences", () => [TOKEN], 'sentence 0, token 0 is "dog"'],
    ["with objects for tokens", () => [[TOKEN, { form: "dog" }]], "sentence 0, token 1 is an object"],
    ["without flags", () => [[["dog", "dog", "NN"]]], 'sentence 0, token 0 is ["dog", "dog", "NN"]'],
    ["with universal tags", () => [[["dog", "dog", "NOUN", ""]]], "whose tag is a universal one"],
    ["with nothing", () => undefined, "got undefined"],
  ])("whose results are %s is refused with the place", async (_, tag, message) => {
    const own = await withTagger(tag);
    expect(() => own.indices(TEXT)).toThrow(
      expect.objectContaining(failure("ERR_CONFIG", "the tagger: expected a list of sentences")),
    );
    expect(() => own.indices(TEXT)).toThrow(message);
  });

  it("keeps its own errors, and its tokens count", async () => {
    const failing = await withTagger(() => {
      throw new RangeError("mine");
    });
    expect(() => failing.indices(TEXT)).toThrow(RangeError);
    const own = await withTagger((text: string) => [text.split(" ").map((word) => [word, "x", "NN", "N"])]);
    expect(own.indices(TEXT).lemma_ttr).toBeCloseTo(1 / 6, 12);
  });
});

describe("places of word lists", () => {
  it.each([
    ["lists", "Taaco.create: lists: expected an object of options"],
    [{ dir: "lists" }, 'Taaco.create: lists: unknown option "dir"'],
    [{ officialDirectory: 5 }, "Taaco.create: lists: officialDirectory: expected a path, got 5"],
    [{ officialDirectory: "" }, "expected a path"],
  ])("%o are refused, so that the lists of the package do not take their place", async (lists, message) => {
    await expect(Taaco.create({ lists: lists as never })).rejects.toMatchObject(
      failure("ERR_CONFIG", message),
    );
  });
});
