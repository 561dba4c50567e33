import { describe, expect, it } from "vitest";
import { hdd, mtld } from "../../lib/taaco/families/own-text.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { analyser, annotate, NO_TAGGER, spaceOf, tagged } from "./annotated.ts";

const distinct = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("MTLD", () => {
  it("whole factors", () => {
    // 0 0: ratio 1/2 ends a factor after two items; so three factors in 0 0 0 0 0 0 either way: 6 / 3.
    expect(mtld([0, 0, 0, 0, 0, 0])).toBe(2);
  });

  it("partial factor at the end, and the mean of both directions", () => {
    // Forward 0 0 1 2 2: 1/2 ends a factor; rest 1 2 2: 1, 1, 2/3 ends another: 5 / 2.
    // Backward 2 2 1 0 0: the same.
    expect(mtld([0, 0, 1, 2, 2])).toBeCloseTo(5 / 2, 12);
    // Forward 0 0 1 2 3 3: factor after 0 0; rest 1 2 3 3: 1, 1, 1, 3/4, above 0.72: (1 - 0.75) / 0.28 of a factor.
    // Backward 3 3 2 1 0 0: the same. 6 / (1 + 0.25 / 0.28).
    expect(mtld([0, 0, 1, 2, 3, 3])).toBeCloseTo(6 / (1 + 0.25 / 0.28), 12);
    // Forward 0 0 1: one factor, the rest has ratio 1: 3. Backward 1 0 0: 1, 1, 2/3: one factor: 3.
    expect(mtld([0, 0, 1])).toBeCloseTo(3, 12);
    // Forward 0 1 2 2 3: 1, 1, 1, 3/4, 4/5: 0.2 / 0.28 of a factor: 5 * 1.4 = 7. Backward 3 2 2 1 0: 1, 1, 2/3: a factor,
    // then 1 0: 5 / 1. Mean 6.
    expect(mtld([0, 1, 2, 2, 3])).toBeCloseTo(6, 12);
  });

  it("without repetition the length, without items null", () => {
    expect(mtld(distinct(30))).toBe(30);
    expect(mtld([])).toBeNull();
  });
});

describe("HD-D", () => {
  it("is the expected ratio of 42 drawn items", () => {
    // 42 items, all drawn: types / 42.
    expect(hdd(distinct(42))).toBeCloseTo(1, 12);
    expect(hdd([...distinct(21), ...distinct(21)])).toBeCloseTo(21 / 42, 12);
    // 84 items, one type: present for sure: 1/42. 84 distinct: each present with 1/2: 84 * (1/2) / 42 = 1.
    expect(hdd(Array(84).fill(0))).toBeCloseTo(1 / 42, 12);
    expect(hdd(distinct(84))).toBeCloseTo(1, 12);
    // 44 items, 43 types, item 0 twice. Undrawn are 2 of 44: type 0 is missing with C(2,2) / C(44,2) = 1/946; each other
    // with 2/44. (1 - 1/946 + 42 * 42/44) / 42.
    expect(hdd([0, ...distinct(43)])).toBeCloseTo((1 - 1 / 946 + (42 * 42) / 44) / 42, 12);
  });

  it("is null for fewer than 42 items", () => {
    expect(hdd(distinct(41))).toBeNull();
  });
});

describe("this package's measures of a text", () => {
  it("count words and compare neighbours by content", async () => {
    // Content s1 {dog red}, s2 {dog cat}, s3 {}: Jaccard 1/3, 0/2; p1 {dog red cat}, p2 {}: 0.
    const text = annotate("the/the/DT red/red/JJ dog/dog/NN|dog/dog/NN cat/cat/NN", "the/the/DT");
    const extras = (await analyser("corrected")).extras({ paragraphs: text });
    expect(extras.dppo_words).toBe(6);
    expect(extras.dppo_content_jaccard_sent).toBeCloseTo((1 / 3 + 0) / 2, 12);
    expect(extras.dppo_content_jaccard_para).toBe(0);
    expect(extras.dppo_content_mattr).toBe(3 / 4);
    // the red dog dog cat the: 1, 1, 1, 3/4, 4/5, 4/6: one factor of 6; backward the ratios are the same.
    expect(extras.dppo_lemma_mtld).toBeCloseTo(6, 12);
    expect(extras.dppo_lemma_hdd).toBeNull();
  });

  it("content MATTR has windows of 25", async () => {
    // 25 distinct and the last once more: windows 25/25 and 24/25.
    const words = distinct(25).map((index) => `w${index}`);
    const extras = (await analyser("corrected")).extras({
      paragraphs: [[tagged("NN", [...words, "w24"].join(" "))]],
    });
    expect(extras.dppo_content_mattr).toBeCloseTo(49 / 50, 12);
  });

  it("two sentences without content words have no Jaccard index", async () => {
    const extras = (await analyser("corrected")).extras({ paragraphs: annotate("the/the/DT|it/it/PRP") });
    expect(extras.dppo_content_jaccard_sent).toBeNull();
    expect(extras.dppo_content_mattr).toBeNull();
  });
});

describe("this package's measures of a turn", () => {
  const spaces = [spaceOf("lsa", { dog: [2, 0], cat: [0, 1], the: [3, 4] })];

  it("compare it with its context", async () => {
    const taaco = await Taaco.create({ spaces, tagger: NO_TAGGER });
    const context = annotate("the/the/DT cat/cat/NN saw/see/VBD the/the/DT dog/dog/NN");
    const turn = annotate("the/the/DT dog/dog/NN the/the/DT dog/dog/NN ate/eat/VBD it/it/PRP");
    const extras = taaco.turnExtras(turn, context);
    expect(extras.dppo_turn_words).toBe(6);
    expect(extras.dppo_turn_mattr).toBe(4 / 6);
    expect(extras.dppo_turn_content_overlap).toBe(1 / 2); // dog of dog, eat
    // Sums: turn 2 dog + 2 the = (10, 8); context cat + 2 the + dog = (8, 9).
    const cosine = (10 * 8 + 8 * 9) / Math.sqrt((100 + 64) * (64 + 81));
    expect(extras.dppo_turn_lsa).toBeCloseTo(cosine, 9);
    // Content at unit length: turn (2, 0); context (1, 1).
    expect(extras.dppo_turn_lsa_content).toBeCloseTo(Math.SQRT1_2, 9);
    expect(extras.dppo_turn_pronouns).toBe(1 / 6);
    // Pairs: the dog, dog the, the dog, dog eat, eat it: 4 of 5 distinct.
    expect(extras.dppo_turn_repetition).toBeCloseTo(1 / 5, 12);
    expect(extras.dppo_turn_copied).toBe(0);
  });

  it("copied: share of four-word runs that occur in the context", async () => {
    const context = [[tagged("NN", "a b c d e f")]];
    const taaco = await analyser("corrected");
    // Runs b c d e, c d e x, d e x y: 1 of 3.
    expect(taaco.turnExtras([[tagged("NN", "b c d e x y")]], context).dppo_turn_copied).toBe(1 / 3);
    expect(taaco.turnExtras([[tagged("NN", "a b c")]], context).dppo_turn_copied).toBe(0);
  });

  it("an empty turn has no value except its length", async () => {
    const extras = (await analyser("corrected")).turnExtras([], [[tagged("NN", "a b")]]);
    const { dppo_turn_words: words, ...others } = extras;
    expect(words).toBe(0);
    expect(Object.values(others).filter((value) => value !== null)).toEqual([]);
  });
});
