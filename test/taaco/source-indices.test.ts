import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { AnnotatedText, ArithmeticMode, IndexValues, VectorSpace } from "../../lib/taaco/types.ts";
import { analyser, annotate, MODES, NO_TAGGER, spaceOf, tagged } from "./annotated.ts";

// Invented entries: kind, item, count, frequency per million.
const FREQUENCIES = `# dialogue-ppo frequencies 1
# source: made up
uni\tthe\t50000\t50000
uni\tdog\t100\t100
uni\tcat\t10\t10
uni\tbe\t20000\t20000
n_bi\tdog x\t1000\t1000
bi\tthe dog\t5000\t5000
`;

let folder = "";
let frequencyFile = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "taaco-frequencies-"));
  frequencyFile = path.join(folder, "made-up.txt");
  writeFileSync(frequencyFile, FREQUENCIES);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function against(
  mode: ArithmeticMode,
  target: AnnotatedText,
  source: AnnotatedText,
  spaces: readonly VectorSpace[] = [],
): Promise<IndexValues> {
  const taaco = await Taaco.create({ mode, spaces, lists: { frequencyFile }, tagger: NO_TAGGER });
  return taaco.indices({ paragraphs: target }, { source: { paragraphs: source } });
}

const keyword = (values: IndexValues, kind: string): number | null | undefined =>
  values[`mag_news_${kind}_keywords_percentage`];

/** Returns different nouns, each of which occurs `times` times. */
const fillers = (count: number, times: number): string =>
  Array.from({ length: count }, (_, index) => Array(times).fill(`f${index}`).join(" ")).join(" ");

describe("keywords", () => {
  it.each(MODES)("%s: null without a frequency list", async (mode) => {
    const text = [[tagged("NN", "dog cat")]];
    const values = (await analyser(mode)).indices({ paragraphs: text }, { source: { paragraphs: text } });
    const found = Object.keys(values).filter((name) => name.startsWith("mag_news_"));
    expect(found).toHaveLength(23);
    expect(found.map((name) => values[name])).toEqual(found.map(() => null));
  });

  it("faithful: takes a tenth of all types, from those that occur twice, by difference", async () => {
    // Source: dog x3, cat x2, the x3, 17 words once: 20 types, 25 tokens; floor(2.0) = 2 keywords. Differences: cat
    // (2/25 - 1e-5) * 100 / 1e-5 = 799,900; dog (3/25 - 1e-4) * 100 / 1e-4 = 119,900; the (3/25 - 0.05) * 100 / 0.05
    // = 140. The words that occur once do not rank although they are absent from the list (1,000,000).
    const source = [[tagged("NN", `dog dog dog cat cat the the the ${fillers(17, 1)}`)]];
    // Target: dog dog cat the f0 f1: 3 of 6.
    const target = [[tagged("NN", "dog dog cat the f0 f1")]];
    expect(keyword(await against("faithful", target, source), "uni")).toBe(3 / 6);
    // 19 types: floor(1.9) = 1: cat only.
    const fewer = [[tagged("NN", `dog dog dog cat cat the the the ${fillers(16, 1)}`)]];
    expect(keyword(await against("faithful", target, fewer), "uni")).toBe(1 / 6);
    // Q18, corrected: of the 3 types that occur twice a tenth is none: no keyword, 0 of 6.
    expect(keyword(await against("corrected", target, source), "uni")).toBe(0);
  });

  it("Q18, corrected: filters first, then cuts", async () => {
    // 10 types occur twice or more: the, dog, cat x2 and 7 fillers x2 with 1,000,000 each: one keyword, the first seen.
    const source = [[tagged("NN", `the the dog dog cat cat ${fillers(7, 2)} once`)]];
    const target = [[tagged("NN", "f0 f1 cat once")]];
    expect(keyword(await against("corrected", target, source), "uni")).toBe(1 / 4);
    // Faithful: 11 types, floor(1.1) = 1: the same one.
    expect(keyword(await against("faithful", target, source), "uni")).toBe(1 / 4);
  });

  it("items that are not in the list rank first, ordered by share", async () => {
    // 10 types, all repeated; absent: a0 x2, a1 x3 (both 1,000,000): the larger share wins.
    const source = [[tagged("NN", `cat cat a0 a0 a1 a1 a1 ${fillers(7, 2)}`)]];
    for (const mode of ["faithful", "corrected"] as const) {
      expect(keyword(await against(mode, [[tagged("NN", "a1 a0 cat")]], source), "uni")).toBe(1 / 3);
    }
  });

  it("each class has its own list; verbs are all verb tags, auxiliaries included", async () => {
    // Verbs of the source: be x3 (AUX) and nine others once: 10 types, one keyword: be. Nouns: none repeated.
    const once = Array.from({ length: 9 }, (_, index) => `v${index}/v${index}/VB`).join(" ");
    const source = annotate(`was/be/VBD/A is/be/VBZ/A is/be/VBZ/A ${once} dog/dog/NN`);
    const target = annotate("dog/dog/NN is/be/VBZ/A goes/go/VBZ can/can/MD red/red/JJ");
    const values = await against("faithful", target, source);
    expect(keyword(values, "v_uni")).toBe(1 / 3); // be go can
    expect(keyword(values, "v_n_uni")).toBe(1 / 4); // dog be go can
    expect(keyword(values, "n_uni")).toBe(0);
    expect(keyword(values, "adj_uni")).toBe(0); // red of one adjective; the source has none
    expect(keyword(values, "uni")).toBe(1 / 5);
  });

  it("a target without the class: null, or 0 in faithful mode", async () => {
    const text = [[tagged("NN", "dog dog")]];
    expect(keyword(await against("corrected", text, text), "adj_uni")).toBeNull();
    expect(keyword(await against("faithful", text, text), "adj_uni")).toBe(0);
    expect(keyword(await against("corrected", text, text), "tri")).toBeNull();
  });
});

describe("keyword n-grams", () => {
  it("of the source stay inside sentences, those of the target do not", async () => {
    // Source bigrams: a b | a b | a b: "a b" x3, and "b a" only across sentence ends. With 9 others once (c0..c9 in one
    // sentence) 10 types, floor(1.0) = 1 keyword: "a b".
    const row = Array.from({ length: 10 }, (_, index) => `c${index}`).join(" ");
    const source = [["a b", "a b", "a b", row].map((words) => tagged("NN", words))];
    // Target: a | b a | b: bigrams ab, ba, ab: 2 of 3.
    const target = [["a", "b a", "b"].map((words) => tagged("NN", words))];
    const values = await against("faithful", target, source);
    expect(keyword(values, "bi")).toBe(2 / 3);
    expect(keyword(values, "n_bi")).toBe(2 / 3);
  });

  it("x stands for words of other classes and counts as an item; x alone is no keyword (Q18)", async () => {
    // Two-word sentences: noun and verb, "dog x" x2; two verbs, "x x" x3; and 18 pairs of nouns once: 20 types.
    // Differences: "x x" absent: 1,000,000; "dog x" 1000 per million: (2/23 - 0.001) * 100 / 0.001 = 8,596. floor(2.0)
    // = 2: "x x" and "dog x"; then "x x" goes.
    const sentences = [
      ...Array(2).fill("dog/dog/NN ran/run/VBD"),
      ...Array(3).fill("go/go/VB see/see/VB"),
      ...Array.from({ length: 18 }, (_, index) => `p${index}/p${index}/NN q${index}/q${index}/NN`),
    ];
    const source = annotate(sentences.join("|"));
    // Target: dog goes now then: n_bi "dog x", "x x", "x x": 1 of 3.
    const target = annotate("dog/dog/NN goes/go/VBZ now/now/RB then/then/RB");
    expect(keyword(await against("faithful", target, source), "n_bi")).toBe(1 / 3);
    // Without two of the pairs there are 18 types: floor(1.8) = 1 goes to "x x", and nothing is left.
    const fewer = annotate(sentences.slice(0, -2).join("|"));
    expect(keyword(await against("faithful", target, fewer), "n_bi")).toBe(0);
  });

  it("Q18, corrected: placeholders do not count among the tenth", async () => {
    // "d0 x" to "d9 x" twice each, d0 once more, and "x x" x30: of the 10 types left a tenth is 1, the most frequent.
    const sentences = Array.from({ length: 10 }, (_, index) => `d${index}/d${index}/NN ran/run/VBD`);
    const all = [...sentences, ...sentences, sentences[0], ...Array(30).fill("go/go/VB see/see/VB")];
    const source = annotate(all.join("|"));
    const target = annotate("d0/d0/NN go/go/VB d1/d1/NN");
    // Target n_bi: "d0 x", "x d1": 1 of 2.
    expect(keyword(await against("corrected", target, source), "n_bi")).toBe(1 / 2);
    // Faithful: 11 types, floor(1.1) = 1: "x x" has the largest share of those absent: nothing is left.
    expect(keyword(await against("faithful", target, source), "n_bi")).toBe(0);
  });

  it("a_n keeps adjectives and nouns, v_n verbs and nouns", async () => {
    // Three times "red dog ran", and 29 words once in a row: 27 trigrams + 1 = 28 types where the words are of the class,
    // floor(2.8) = 2, so that the repeated one is a keyword; else all 27 are "x x x": 2 types, floor(0.2) = none.
    const source = (tag: string): AnnotatedText => {
      const row = Array.from({ length: 29 }, (_, index) => `r${index}/r${index}/${tag}`).join(" ");
      return annotate(`${Array(3).fill("red/red/JJ dog/dog/NN ran/run/VBD").join("|")}|${row}`);
    };
    // The target has another verb: a_n "red dog x", n "x dog x" and adj "red x x" match; v_n "x dog go", v "x x go" and
    // the whole "red dog go" do not.
    const target = annotate("red/red/JJ dog/dog/NN goes/go/VBZ");
    const kinds = ["a_n_tri", "v_n_tri", "n_tri", "adj_tri", "v_tri", "tri"];
    const values = await against("faithful", target, source("NN"));
    expect(kinds.map((kind) => keyword(values, kind))).toEqual([1, 0, 1, 0, 0, 0]);
    const adjectives = await against("faithful", target, source("JJ"));
    expect(kinds.map((kind) => keyword(adjectives, kind))).toEqual([1, 0, 0, 1, 0, 0]);
    // The same verb: v_n "x dog run" and the whole match too.
    const same = await against("faithful", annotate("red/red/JJ dog/dog/NN ran/run/VBD"), source("NN"));
    expect(kinds.map((kind) => keyword(same, kind))).toEqual([1, 1, 1, 0, 0, 1]);
    expect(keyword(values, "quad")).toBe(0); // no four words: 0 of 0
  });
});

describe("source similarity", () => {
  const vectors = { dog: [1, 0], cat: [0, 1], hungry: [1, 1] };

  it.each(MODES)("%s: compares all lemmas of the text with all lemmas of the source", async (mode) => {
    // Text dog dog cat = (2, 1) over two paragraphs; source hungry = (1, 1): 3 / sqrt(10).
    const target = [[tagged("NN", "dog zzz")], [tagged("NN", "dog cat")]];
    const values = await against(mode, target, [[tagged("NN", "hungry")]], [spaceOf("lsa", vectors)]);
    expect(values.source_similarity_lsa).toBeCloseTo(3 / Math.sqrt(10), 12);
    expect([values.source_similarity_lda, values.source_similarity_word2vec]).toEqual([null, null]);
  });

  it.each(MODES)("%s: null if one side has no known word", async (mode) => {
    const target = [[tagged("NN", "zzz yyy")]];
    const values = await against(mode, target, [[tagged("NN", "dog")]], [spaceOf("word2vec", vectors)]);
    expect(values.source_similarity_word2vec).toBeNull();
  });

  it("topics: 1 - JSD corrected, by norms only in faithful mode", async () => {
    const space = spaceOf("lda", vectors);
    const [target, source] = [[[tagged("NN", "dog dog")]], [[tagged("NN", "cat cat")]]];
    expect((await against("corrected", target, source, [space])).source_similarity_lda).toBeCloseTo(0, 12);
    expect((await against("faithful", target, source, [space])).source_similarity_lda).toBeCloseTo(1, 12);
  });
});
