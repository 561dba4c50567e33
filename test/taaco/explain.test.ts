import { beforeAll, describe, expect, it } from "vitest";
import { TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { VectorSpace } from "../../lib/taaco/types.ts";
import { EXAMPLE } from "./worked-example.ts";

const words = ["dog", "cat", "hungry"];
const lsa: VectorSpace = {
  kind: "lsa",
  dimensions: 2,
  values: Float32Array.of(1, 0, 0, 1, 1, 1),
  row: (word) => words.indexOf(word),
};

let taaco: Taaco;
beforeAll(async () => {
  taaco = await Taaco.create({ mode: "faithful", spaces: [lsa] });
});

const explain = (index: string) => taaco.explain({ paragraphs: EXAMPLE }, index);

describe("the evidence for an index", () => {
  it("overlap: which words two segments share", () => {
    expect(explain("adjacent_overlap_all_sent").evidence).toEqual([
      { segment: 1, with: [2], words: ["the", "cat"], value: 2 },
      { segment: 2, with: [3], words: [], value: 0 },
    ]);
    const [first] = explain("adjacent_overlap_2_all_sent").evidence;
    expect(first?.with).toEqual([2, 3]);
    expect(first?.words.toSorted()).toEqual(["be", "cat", "dog", "it", "the"]);
  });

  it("semantic: each pair's similarity", () => {
    const { value, evidence } = explain("lsa_1_all_sent");
    expect(evidence.map(({ value: similarity }) => similarity)).toEqual([
      expect.closeTo(Math.SQRT1_2, 12),
      0,
    ]);
    expect(value).toBeCloseTo(Math.SQRT1_2 / 2, 12);
    expect(evidence[0]?.words).toEqual(["dog", "cat", "hungry"]);
    // Both sides, as the worked example has them: what the second sentence says is the first side of the next pair.
    expect(evidence[0]?.withWords).toEqual(evidence[1]?.words);
  });

  it("connectives: the words that matched, with their sentence", () => {
    expect(explain("sentence_linking").evidence).toEqual([
      { segment: 1, words: ["because"], value: 1 },
      { segment: 3, words: ["but"], value: 1 },
    ]);
    expect(explain("attended_demonstratives").evidence).toEqual([{ segment: 3, words: ["this"], value: 1 }]);
  });

  it("synonyms, givenness, diversity", () => {
    expect(explain("syn_overlap_para_noun").evidence).toEqual([
      { segment: 1, with: [2], words: ["dog"], value: 1 },
    ]);
    expect(
      explain("repeated_content_lemmas").evidence.map(({ words: [word], value }) => [word, value]),
    ).toEqual([
      ["dog", 2],
      ["cat", 2],
    ]);
    expect(explain("noun_ttr").evidence).toEqual([
      { words: ["dog"], value: 2 },
      { words: ["cat"], value: 2 },
    ]);
  });

  it("counts add up to the index", () => {
    for (const index of ["all_connective", "determiners", "all_demonstratives", "lexical_subordinators"]) {
      const { value, evidence } = explain(index);
      expect(evidence.length / 23, index).toBeCloseTo(value as number, 12);
    }
    for (const index of TEXT_NAMES) expect(explain(index).index).toBe(index);
  });

  it("an unknown name and a source index without source are refused", () => {
    expect(() => explain("noun_tt")).toThrow("noun_tt is no index of TAACO");
    expect(() => explain("source_similarity_lsa")).toThrow("source_similarity_lsa needs a source text");
  });
});
