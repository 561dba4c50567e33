import { beforeAll, describe, expect, it } from "vitest";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { sentence } from "./worked-example.ts";

let corrected: Taaco;
let faithful: Taaco;

beforeAll(async () => {
  corrected = await Taaco.create();
  faithful = await Taaco.create({ mode: "faithful" });
});

/** Returns an index of one paragraph of sentences as [faithful, corrected]. */
function both(index: string, ...sentences: string[]): (number | null | undefined)[] {
  const paragraphs = [sentences.map(sentence)];
  return [faithful, corrected].map((taaco) => taaco.indices({ paragraphs })[index]);
}

// One test for each entry of the quirk register. Q1 and Q2 are in semantic.test.ts, and Q3 concerns the reader of
// spaces. Q15, Q16 and Q23 concern options and cost, and Q19 a version that no mode follows.
describe("faithful against corrected", () => {
  it("Q4: quotes and hyphens are words in faithful mode", () => {
    const [f, c] = both("function_ttr", '"/"/`` dog/dog/NN "/"/\'\' -/-/HYPH the/the/DT');
    // Function words: two quotes (one lemma), the hyphen, the: 3 types of 4; without the marks, the alone.
    expect([f, c]).toEqual([3 / 4, 1]);
  });

  it("Q5: not, so and just are content words in faithful mode", () => {
    expect(both("lexical_density_tokens", "not/not/RB so/so/RB just/just/RB easily/easily/RB")).toEqual([
      3 / 4,
      1 / 4,
    ]);
    expect(both("lexical_density_tokens", "quickly/quickly/RB maybe/maybe/RB")).toEqual([1 / 2, 1 / 2]);
    // -ic-ally, -le-y, -ue-ly
    expect(both("lexical_density_tokens", "basically/basically/RB gently/gently/RB truly/truly/RB")[1]).toBe(
      1,
    );
  });

  it("Q6: so is causal in any use and since in none; in corrected mode both where they open a clause", () => {
    expect(both("all_causal", "since/since/IN noon/noon/NN so/so/RB far/far/RB")).toEqual([1 / 4, 0]);
    expect(both("all_causal", "since/since/IN/M he/he/PRP ran/run/VBD")).toEqual([0, 1 / 3]);
  });

  it("Q7: halves of phrases count in faithful mode", () => {
    expect(both("positive_causal", "only/only/RB this/this/DT")).toEqual([1, 0]);
    expect(both("positive_causal", "due/due/JJ to/to/IN rain/rain/NN")).toEqual([2 / 3, 1 / 3]);
    // "this" is among the words of positive_causal only.
    expect(both("all_positive", "only/only/RB this/this/DT")).toEqual([1 / 2, 0]);
  });

  it("Q8: the complementiser that counts as a demonstrative that stands alone, and as a pronoun", () => {
    const text = "he/he/PRP said/say/VBD that/that/IN/M dogs/dog/NNS bark/bark/VBP";
    expect(both("unattended_demonstratives", text)).toEqual([1 / 5, 0]);
    expect(both("pronoun_density", text)).toEqual([2 / 5, 1 / 5]);
    expect(both("prp_ttr", text)).toEqual([1, 1]);
    expect(both("pronoun_noun_ratio", text)).toEqual([2, 1]);
  });

  it('Q9: a marker inside the string "for since after yet so"', () => {
    // "in" is part of "since".
    expect(both("sentence_linking", "in/in/IN/M for/for/IN/M dog/dog/NN")).toEqual([2 / 3, 1 / 3]);
    expect(both("sentence_linking", "or/or/CC/M dog/dog/NN")).toEqual([1 / 2, 0]);
  });

  it("Q10: by and so as markers in all_connective", () => {
    expect(both("all_connective", "so/so/IN/M dog/dog/NN")).toEqual([0, 1 / 2]);
    expect(both("all_connective", "by/by/IN/M dog/dog/NN")).toEqual([0, 1 / 2]);
    expect(both("all_connective", "since/since/IN/M dog/dog/NN")).toEqual([1 / 2, 1 / 2]);
  });

  it("Q11: the entry with a stray bracket", () => {
    const text = "on/on/IN the/the/DT grounds/ground/NNS that/that/IN dogs/dog/NNS bark/bark/VBP";
    expect(both("all_logical", text)).toEqual([0, 1 / 6]);
  });

  it("Q12: double counts", () => {
    expect(both("all_logical", "for/for/IN/M dog/dog/NN")).toEqual([2 / 2, 1 / 2]);
    expect(both("all_logical", "for/for/IN dog/dog/NN")).toEqual([1 / 2, 0]);
    expect(both("all_causal", "because/because/IN of/of/IN rain/rain/NN")).toEqual([2 / 3, 1 / 3]);
    expect(both("all_temporal", "all/all/DT this/this/DT time/time/NN")).toEqual([2 / 3, 1 / 3]);
  });

  it("Q13: phrases match across sentence ends, and the second of two equal neighbours is missed", () => {
    expect(both("all_causal", "dogs/dog/NNS as/as/IN long/long/RB", "as/as/IN rain/rain/NN")).toEqual([
      1 / 5,
      0,
    ]);
    expect(both("conjunctions", "and/and/CC and/and/CC dogs/dog/NNS")).toEqual([1 / 3, 2 / 3]);
    expect(both("conjunctions", "and/and/CC and/and/CC and/and/CC")).toEqual([2 / 3, 1]);
  });

  it("Q14: sentences are neighbours across paragraphs in both modes", async () => {
    const paragraphs = [[sentence("dog/dog/NN ran/run/VBD")], [sentence("dog/dog/NN sat/sit/VBD")]];
    for (const taaco of [corrected, faithful]) {
      expect(taaco.indices({ paragraphs }).adjacent_overlap_noun_sent).toBe(1);
    }
  });

  it("Q20: faithful mode has 0 if there is nothing to measure", () => {
    expect(both("adj_ttr", "dogs/dog/NNS bark/bark/VBP")).toEqual([0, null]);
    expect(both("adj_ttr", "big/big/JJ dogs/dog/NNS")).toEqual([1, 1]);
  });

  it("Q21: overlap is directed in both modes; this package adds a symmetric measure", async () => {
    const paragraphs = [[sentence("dog/dog/NN cat/cat/NN sat/sit/VBD"), sentence("dog/dog/NN")]];
    expect(faithful.indices({ paragraphs }).adjacent_overlap_cw_sent).toBeCloseTo(1 / 3, 12);
    expect(corrected.extras({ paragraphs }).dppo_content_jaccard_sent).toBeCloseTo(1 / 3, 12);
    const reversed = [[...(paragraphs[0] ?? [])].toReversed()];
    expect(faithful.indices({ paragraphs: reversed }).adjacent_overlap_cw_sent).toBe(1);
    expect(corrected.extras({ paragraphs: reversed }).dppo_content_jaccard_sent).toBeCloseTo(1 / 3, 12);
  });
});
