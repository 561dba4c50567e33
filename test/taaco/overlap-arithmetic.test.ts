import { describe, expect, it } from "vitest";
import type { AnnotatedText, IndexValues } from "../../lib/taaco/types.ts";
import { annotate, indicesOf, MODES, tagged } from "./annotated.ts";

/** Returns the six values of a class and unit: per type, per pair and binary, for the next segment and for the next two. */
function six(values: IndexValues, block: string): (number | null | undefined)[] {
  const one = [`${block}`, `${block}_div_seg`, `binary_${block}`];
  const two = [`2_${block}`, `2_${block}_div_seg`, `binary_2_${block}`];
  return [...one, ...two].map((name) => values[`adjacent_overlap_${name}`]);
}

/** Returns sentences of nouns in one paragraph. "" is an empty sentence. */
const nouns = (...sentences: string[]): AnnotatedText => [
  sentences.map((words) => (words === "" ? [] : tagged("NN", words))),
];

describe("adjacent overlap", () => {
  it.each(MODES)("%s: types of a segment in the next one, and in the next two", async (mode) => {
    // T0 {a b c}, T1 {b d}, T2 {a d}, T3 {e}; b twice in s1 is one type.
    // Span 1: O0 {b} 1, O1 {d} 1, O2 {} 0; types 3 + 2 + 2; pairs 3.
    // Span 2: O0 {a b} 2, O1 {d} 1; types 3 + 2; pairs 2.
    const values = await indicesOf(nouns("a b c a", "b d b", "a d", "e"), mode);
    for (const block of ["all_sent", "cw_sent", "noun_sent", "argument_sent"]) {
      expect(six(values, block), block).toEqual([2 / 7, 2 / 3, 2 / 3, 3 / 5, 3 / 2, 2 / 2]);
    }
  });

  it("is directed: the size of the later segment does not matter", async () => {
    // {a} against {a b c d}: 1/1; the other way round 1/4.
    expect((await indicesOf(nouns("a", "a b c d"))).adjacent_overlap_noun_sent).toBe(1);
    expect((await indicesOf(nouns("a b c d", "a"))).adjacent_overlap_noun_sent).toBe(1 / 4);
  });

  it.each(MODES)("%s: empty segments count", async (mode) => {
    // {a b}, {}, {a}: span 1: 0 of 2 + 0 types, 2 pairs. Span 2: only s0: {a} 1 of 2, 1 pair.
    const values = await indicesOf(nouns("a b", "", "a"), mode);
    expect(six(values, "noun_sent")).toEqual([0, 0, 0, 1 / 2, 1, 1]);
  });

  it("div_seg can exceed 1; binary counts pairs", async () => {
    // {a b c} {a b c} {d}: O 3, 0; types 6; pairs 2.
    const values = await indicesOf(nouns("a b c", "a b c", "d"));
    expect(six(values, "all_sent").slice(0, 3)).toEqual([3 / 6, 3 / 2, 1 / 2]);
  });

  it("one sentence and one paragraph: null, or 0 in faithful mode", async () => {
    for (const block of ["all_sent", "all_para"]) {
      expect(six(await indicesOf(nouns("a b")), block)).toEqual([null, null, null, null, null, null]);
      expect(six(await indicesOf(nouns("a b"), "faithful"), block)).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });

  it("two segments: the values for the next two are null, or 0 in faithful mode", async () => {
    const text = nouns("a b", "a");
    expect(six(await indicesOf(text), "noun_sent")).toEqual([1 / 2, 1, 1, null, null, null]);
    expect(six(await indicesOf(text, "faithful"), "noun_sent")).toEqual([1 / 2, 1, 1, 0, 0, 0]);
  });

  it.each(MODES)("%s: Q14, sentences are neighbours across paragraphs", async (mode) => {
    const values = await indicesOf([...nouns("a b"), ...nouns("a", "c")], mode);
    // s: {a b} {a} {c}: 1 of 3 types, 2 pairs. p: {a b} {a c}: 1 of 2, 1 pair.
    expect(six(values, "noun_sent").slice(0, 3)).toEqual([1 / 3, 1 / 2, 1 / 2]);
    expect(six(values, "noun_para").slice(0, 3)).toEqual([1 / 2, 1, 1]);
  });

  it("compares words of the same class only", async () => {
    // light as noun, as verb, as adjective: one lemma of all and of content, but no class has it twice.
    const text = annotate("light/light/NN|light/light/VB|light/light/JJ");
    const values = await indicesOf(text);
    expect(six(values, "all_sent")).toEqual([1, 1, 1, 1, 1, 1]);
    expect(six(values, "cw_sent")).toEqual([1, 1, 1, 1, 1, 1]);
    // Nouns {light} {} {}: 0 of 1; verbs {} {light} {}: 0 of 1, the next two of s0: 0 of 0; adjectives: 0 of 0 twice.
    expect(six(values, "noun_sent")).toEqual([0, 0, 0, 0, 0, 0]);
    expect(six(values, "verb_sent")).toEqual([0, 0, 0, null, 0, 0]);
    expect(six(values, "adj_sent")).toEqual([null, 0, 0, null, 0, 0]);
  });

  it("demonstratives that stand alone are pronouns and function words, but not arguments", async () => {
    // s0: that it man; s1: that it: pronouns {that it} 2 of 2; arguments {it man} in {it} 1 of 2; fw 2 of 2; all 2 of 3.
    const values = await indicesOf(annotate("that/that/DT it/it/PRP man/man/NN|that/that/DT it/it/PRP"));
    const names = ["pronoun", "argument", "fw", "all"].map((name) => `adjacent_overlap_${name}_sent`);
    expect(names.map((name) => values[name])).toEqual([2 / 2, 1 / 2, 2 / 2, 2 / 3]);
  });

  it("adverbs are compared whether they are content or function words", async () => {
    // however (function) and quickly (content), both RB.
    const text = annotate("however/however/RB quickly/quickly/RB|however/however/RB");
    const values = await indicesOf(text);
    expect(values.adjacent_overlap_adv_sent).toBe(1 / 2);
    expect([values.adjacent_overlap_cw_sent, values.adjacent_overlap_fw_sent]).toEqual([0, 1]);
  });
});

describe("synonym overlap", () => {
  it("counts types on the left and tokens on the right", async () => {
    // "buy purchase" is a synset. s0: buy buy see; s1: purchase purchase buy. Types buy, see; tokens right with buy among
    // their synonyms: purchase, purchase, buy = 3; with see among them: 0. 1 pair.
    const text = annotate(
      "buy/buy/VB buy/buy/VB see/see/VB|purchase/purchase/VB purchase/purchase/VB buy/buy/VB",
    );
    expect((await indicesOf(text)).syn_overlap_sent_verb).toBe(3);
    // The nouns of the pair: none, over one pair.
    expect((await indicesOf(text)).syn_overlap_sent_noun).toBe(0);
  });

  it("is a mean over pairs, without division by length", async () => {
    // car = auto (synset "auto automobile car machine motorcar"); auto = nothing of s2: (1 + 0) / 2.
    const values = await indicesOf(nouns("car zzz", "auto", "house"));
    expect(values.syn_overlap_sent_noun).toBe(1 / 2);
  });

  it("a word outside WordNet is its own synonym", async () => {
    expect((await indicesOf(nouns("qwert", "qwert qwert"))).syn_overlap_sent_noun).toBe(2);
  });

  it("compares nouns with nouns and verbs with verbs, also for paragraphs", async () => {
    // dog as noun against dog as verb: no pair of the same class. Paragraphs: car, auto = 1 pair.
    const text = annotate("dog/dog/NN|dog/dog/VB");
    expect((await indicesOf(text)).syn_overlap_sent_noun).toBe(0);
    const paragraphs = await indicesOf([...nouns("car", "house"), ...nouns("zzz", "auto")]);
    expect(paragraphs.syn_overlap_para_noun).toBe(1);
    expect(paragraphs.syn_overlap_sent_noun).toBe(0);
  });

  it("one segment: null, or 0 in faithful mode", async () => {
    expect((await indicesOf(nouns("car auto"))).syn_overlap_sent_noun).toBeNull();
    expect((await indicesOf(nouns("car auto"), "faithful")).syn_overlap_sent_noun).toBe(0);
  });
});
