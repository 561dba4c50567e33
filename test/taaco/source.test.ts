import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SOURCE_NAMES } from "../../lib/taaco/catalogue.ts";
import { findKeywords } from "../../lib/taaco/lists/keywords.ts";
import { indexRow } from "../../lib/taaco/pool/index-row.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { AnnotatedToken, VectorSpace } from "../../lib/taaco/types.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "taaco-source-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 25 tokens of 20 types: w0 and w1 occur three times, w2 twice, the others once. */
const ITEMS = [
  "w0",
  "w0",
  "w0",
  "w1",
  "w1",
  "w1",
  "w2",
  "w2",
  ...Array.from({ length: 17 }, (_, at) => `w${at + 3}`),
];
const REFERENCE = new Map([
  ["w0", 60_000],
  ["w1", 30_000],
]);

describe("keywords", () => {
  // Shares .12, .12, .08; differences: w0 (0.12 - 0.06) / 0.06 = 100 %, w1 300 %, w2 absent from the reference.
  it("faithful: a tenth of all types; items that are not in the list first, then by difference", () => {
    expect([...findKeywords(ITEMS, REFERENCE, "faithful")]).toEqual(["w2", "w1"]);
  });

  it("corrected: a tenth of the items that can be keywords", () => {
    expect([...findKeywords(ITEMS, REFERENCE, "corrected")]).toEqual([]);
    const many = Array.from({ length: 20 }, (_, at) => [`v${at}`, `v${at}`]).flat();
    expect([...findKeywords(many, new Map(), "corrected")]).toEqual(["v0", "v1"]);
  });

  it("placeholders are removed after the cut in faithful mode, and before it in corrected mode", () => {
    const items = [
      ...Array.from({ length: 10 }, () => "x x"),
      "dog x",
      "dog x",
      ...Array.from({ length: 18 }, (_, at) => `w${at} x`),
    ];
    expect([...findKeywords(items, new Map(), "faithful")]).toEqual(["dog x"]);
    const only = [
      ...Array.from({ length: 10 }, () => "x x"),
      ...Array.from({ length: 9 }, (_, at) => `w${at} x`),
    ];
    expect([...findKeywords(only, new Map(), "faithful")]).toEqual([]);
  });
});

describe("a text compared with its source", () => {
  const noun = (word: string): AnnotatedToken => [word, word, "NN", ""];
  const source = { paragraphs: [[ITEMS.map(noun)]] };
  const target = {
    paragraphs: [[[noun("w2"), noun("w0"), noun("w1"), ["run", "run", "VB", ""] as AnnotatedToken]]],
  };
  const lines = [
    "# dialogue-ppo frequencies 1",
    ...[...REFERENCE].map(([word, value]) => `uni\t${word}\t1\t${value}`),
  ];
  const frequencyFile = path.join(folder, "f.tsv");
  writeFileSync(frequencyFile, lines.join("\n"));

  it("counts keywords among the items of the target", async () => {
    const taaco = await Taaco.create({ mode: "faithful", lists: { frequencyFile } });
    const values = taaco.indices(target, { source });
    expect(values.mag_news_uni_keywords_percentage).toBe(2 / 4);
    expect(values.mag_news_n_uni_keywords_percentage).toBe(2 / 3);
    expect(values.mag_news_v_uni_keywords_percentage).toBe(0);
    expect(values.mag_news_adj_uni_keywords_percentage).toBe(0);
  });

  it("verbs include auxiliaries", async () => {
    const taaco = await Taaco.create({ mode: "faithful", lists: { frequencyFile } });
    const was: AnnotatedToken = ["was", "be", "VBD", "A"];
    const verbs = {
      paragraphs: [
        [[was, was, ...Array.from({ length: 9 }, (_, at): AnnotatedToken => [`v${at}`, `v${at}`, "VB", ""])]],
      ],
    };
    expect(
      taaco.indices({ paragraphs: [[[was, noun("dog")]]] }, { source: verbs })
        .mag_news_v_uni_keywords_percentage,
    ).toBe(1);
  });

  it("without reference or space the values are null, in official order", async () => {
    const values = (await Taaco.create()).indices(target, { source });
    expect(Object.keys(values).slice(168)).toEqual(SOURCE_NAMES);
    expect(SOURCE_NAMES.every((name) => values[name] === null)).toBe(true);
  });

  it("similarities compare all lemmas of both texts", async () => {
    const words = ["w0", "run"];
    const lsa: VectorSpace = {
      kind: "lsa",
      dimensions: 2,
      values: Float32Array.of(1, 0, 0, 1),
      row: (word) => words.indexOf(word),
    };
    const values = (await Taaco.create({ spaces: [lsa] })).indices(target, { source });
    // Target (1, 1), source (3, 0).
    expect(values.source_similarity_lsa).toBeCloseTo(Math.SQRT1_2, 12);
    expect(values.source_similarity_lda).toBeNull();
  });
});

it("a text and its own source are analysed once each, also for counts, tokens and an explanation", async () => {
  const tagged: string[] = [];
  const tag = (paragraph: string): AnnotatedToken[][] => {
    tagged.push(paragraph);
    return [paragraph.split(" ").map((word) => [word, word, "NN", ""])];
  };
  const taaco = await Taaco.create({ tagger: { name: "recorder", tag } });
  const parts = { counts: true, tagged: true };
  indexRow(taaco, "cats chase dogs", "dogs chase birds", parts);
  indexRow(taaco, "rain falls here", "snow falls there", parts);
  taaco.explain("cows eat grass", "source_similarity_lsa", { source: "sheep eat hay" });
  expect(tagged.toSorted()).toEqual([
    "cats chase dogs",
    "cows eat grass",
    "dogs chase birds",
    "rain falls here",
    "sheep eat hay",
    "snow falls there",
  ]);
});
