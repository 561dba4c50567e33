import { describe, expect, it } from "vitest";
import type { AnnotatedToken } from "../../lib/taaco/types.ts";
import { annotate, indicesOf, MODES, tagged } from "./annotated.ts";

const repeat = (count: number, word: (index: number) => string, tag = "NN"): AnnotatedToken[] =>
  Array.from({ length: count }, (_, index) => [word(index), word(index), tag, ""]);

describe("type-token ratios", () => {
  it.each(MODES)("%s: n-grams run across sentences and paragraphs", async (mode) => {
    // a b | a b || a: bigrams ab ba ab ba: 2 of 4; trigrams aba bab aba: 2 of 3.
    const values = await indicesOf(annotate("a/a/NN b/b/NN|a/a/NN b/b/NN", "a/a/NN"), mode);
    expect(values.bigram_lemma_ttr).toBe(2 / 4);
    expect(values.trigram_lemma_ttr).toBe(2 / 3);
  });

  it("two words give one bigram and no trigram", async () => {
    const text = [[tagged("NN", "a b")]];
    expect((await indicesOf(text)).bigram_lemma_ttr).toBe(1);
    expect((await indicesOf(text)).trigram_lemma_ttr).toBeNull();
    expect((await indicesOf(text, "faithful")).trigram_lemma_ttr).toBe(0);
  });

  it("n-grams of a large vocabulary are distinguished", async () => {
    // 300 distinct lemmas in a row, twice: 599 bigrams, 300 distinct (the seam is one more); 598 trigrams, 298 + 2.
    const row = repeat(300, (index) => `w${index}`);
    const values = await indicesOf([[[...row, ...row]]]);
    expect(values.bigram_lemma_ttr).toBe(300 / 599);
    expect(values.trigram_lemma_ttr).toBe(300 / 598);
  });

  it("a lemma that is content and function word counts once as a type, and as a content type", async () => {
    // light (noun), light (flagged function), the: content types 1, types 2, content tokens 1 of 3.
    const values = await indicesOf(annotate("light/light/NN light/light/XX/F the/the/DT"));
    expect(values.lexical_density_types).toBe(1 / 2);
    expect(values.lexical_density_tokens).toBe(1 / 3);
    expect([values.content_ttr, values.function_ttr]).toEqual([1, 1]);
  });

  it("each class counts its own lemmas", async () => {
    const text = annotate(
      "dogs/dog/NNS dog/dog/NNP ran/run/VBD runs/run/VBZ go/go/VB red/red/JJ redder/red/JJR old/old/JJ",
      "my/my/PRP$ i/i/PRP me/i/PRP",
    );
    const values = await indicesOf(text);
    expect([values.noun_ttr, values.verb_ttr, values.adj_ttr]).toEqual([1 / 2, 2 / 3, 2 / 3]);
    expect(values.prp_ttr).toBe(2 / 3);
    expect(values.argument_ttr).toBe(3 / 5); // dog dog my i i
  });
});

describe("moving average, window 50", () => {
  it("50 items have the plain ratio", async () => {
    // 50 tokens of 25 types.
    const values = await indicesOf([[repeat(50, (index) => `w${index % 25}`)]]);
    expect(values.lemma_mattr).toBe(25 / 50);
  });

  it.each(MODES)("%s: 52 items have 3 windows", async (mode) => {
    // 50 distinct, then the first once more, then a new one:
    // [0, 50): 50 types; [1, 51): w1..w49 and w0, 50; [2, 52): w2..w49, w0, new: 50. All 1.
    const distinct = repeat(50, (index) => `w${index}`);
    const first = await indicesOf([[[...distinct, ...tagged("NN", "w0 new")]]], mode);
    expect(first.lemma_mattr).toBeCloseTo(1, 12);
    // Then w49 twice: [1, 51): w1..w49, w49: 49; [2, 52): w2..w49, w49, w49: 48. (50 + 49 + 48) / 150.
    const second = await indicesOf([[distinct, tagged("NN", "w49 w49")]], mode);
    expect(second.lemma_mattr).toBeCloseTo(147 / 150, 12);
    expect(second.lemma_ttr).toBe(50 / 52);
  });

  it("function words have windows of their own, which skip other words", async () => {
    // 51 function words x0..x49, x49, each followed by the noun dog: windows 50 and 49 of 50.
    const row = repeat(50, (index) => `x${index}`, "FW").concat(tagged("FW", "x49"));
    const text = [[row.flatMap((token) => [token, ...tagged("NN", "dog")])]];
    const values = await indicesOf(text);
    expect(values.function_mattr).toBeCloseTo(99 / 100, 12);
    expect(values.function_ttr).toBe(50 / 51);
  });
});
