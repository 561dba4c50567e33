import { describe, expect, it } from "vitest";
import { analyser, annotate, indicesOf, MODES } from "./annotated.ts";

// The published list, built independently of the library: each block of six indices (class and unit) comes from a text
// template.
const OVERLAP_BLOCK = `adjacent_overlap_@ adjacent_overlap_@_div_seg adjacent_overlap_binary_@
  adjacent_overlap_2_@ adjacent_overlap_2_@_div_seg adjacent_overlap_binary_2_@`;
const BLOCKS = `all_sent cw_sent fw_sent noun_sent verb_sent adj_sent adv_sent pronoun_sent argument_sent
  all_para cw_para fw_para noun_para verb_para adj_para adv_para pronoun_para argument_para`;
const SINGLE_TEXT = `lemma_ttr lemma_mattr lexical_density_tokens lexical_density_types content_ttr function_ttr
  function_mattr noun_ttr verb_ttr adj_ttr adv_ttr prp_ttr argument_ttr bigram_lemma_ttr trigram_lemma_ttr
  ${BLOCKS.replaceAll(/\S+/g, (block) => OVERLAP_BLOCK.replaceAll("@", block))}
  syn_overlap_sent_noun syn_overlap_sent_verb syn_overlap_para_noun syn_overlap_para_verb
  lsa_1_all_sent lsa_2_all_sent lsa_1_all_para lsa_2_all_para lda_1_all_sent lda_2_all_sent lda_1_all_para
  lda_2_all_para word2vec_1_all_sent word2vec_2_all_sent word2vec_1_all_para word2vec_2_all_para
  basic_connectives conjunctions disjunctions lexical_subordinators coordinating_conjuncts addition sentence_linking
  order reason_and_purpose all_causal positive_causal opposition determiners all_demonstratives
  attended_demonstratives unattended_demonstratives all_additive all_logical positive_logical negative_logical
  all_temporal positive_intentional all_positive all_negative all_connective
  pronoun_density pronoun_noun_ratio repeated_content_lemmas repeated_content_and_pronoun_lemmas`;
const KEYWORDS = `uni n_uni v_uni v_n_uni adj_uni bi tri quad n_bi adj_bi v_bi v_n_bi a_n_bi n_tri adj_tri v_tri
  v_n_tri a_n_tri n_quad adj_quad v_quad v_n_quad a_n_quad`;
const SOURCE = `${KEYWORDS.replaceAll(/\S+/g, "mag_news_$&_keywords_percentage")}
  source_similarity_lsa source_similarity_lda source_similarity_word2vec`;

const list = (text: string): string[] => text.trim().split(/\s+/);
const TEXT = annotate("the/the/DT dog/dog/NN barked/bark/VBD|it/it/PRP slept/sleep/VBD");

describe("names", () => {
  it.each(MODES)("%s: 168 official names in official order", async (mode) => {
    const names = Object.keys(await indicesOf(TEXT, mode));
    expect(names).toEqual(list(SINGLE_TEXT));
    expect(names).toHaveLength(168);
  });

  it.each(MODES)("%s: 194 with a source", async (mode) => {
    const taaco = await analyser(mode);
    const names = Object.keys(taaco.indices({ paragraphs: TEXT }, { source: { paragraphs: TEXT } }));
    expect(names).toEqual([...list(SINGLE_TEXT), ...list(SOURCE)]);
    expect(names).toHaveLength(194);
  });

  it.each(MODES)("%s: a text of at most one word has the names and no values", async (mode) => {
    // One kept word beside dropped marks, no word, no sentence, no paragraph.
    const texts = [annotate("Yes/yes/UH ././."), annotate("././."), annotate(""), []];
    for (const text of texts) {
      const values = await indicesOf(text, mode);
      expect(Object.keys(values)).toEqual(list(SINGLE_TEXT));
      expect(Object.values(values).filter((value) => value !== null)).toEqual([]);
    }
  });
});

/** Returns the names of all values that are null, except semantic indices, which need spaces. */
async function nullNames(mode: "corrected" | "faithful" | "experiment", text = TEXT): Promise<string[]> {
  const values = await indicesOf(text, mode);
  return Object.keys(values).filter((name) => values[name] === null && !/^(lsa|lda|word2vec)_/.test(name));
}

describe("nothing to measure (Q20)", () => {
  // s1: the (function) dog (noun) bark (verb); s2: it (pronoun, function) sleep (verb). No adjective, no adverb; of the
  // classes with material in s1, the only left segment of span 1: all, cw, fw, noun, verb, argument.
  const EMPTY_CLASSES = ["adj", "adv", "pronoun"];

  it("corrected: null if the denominator is 0, 0 if only the numerator is", async () => {
    const spanTwo = list(BLOCKS)
      .filter((block) => block.endsWith("_sent"))
      .flatMap((block) => list(OVERLAP_BLOCK.replaceAll("@", block)).slice(3));
    const paragraphs = list(BLOCKS)
      .filter((block) => block.endsWith("_para"))
      .flatMap((block) => list(OVERLAP_BLOCK.replaceAll("@", block)));
    // Per type: no type in the only left segment. _div_seg and binary divide by the one pair: 0.
    const perType = EMPTY_CLASSES.map((name) => `adjacent_overlap_${name}_sent`);
    const expected = [
      ...["adj_ttr", "adv_ttr", ...perType, ...spanTwo, ...paragraphs],
      ...["syn_overlap_para_noun", "syn_overlap_para_verb"],
    ];
    expect((await nullNames("corrected")).toSorted()).toEqual(expected.toSorted());
    const values = await indicesOf(TEXT);
    expect(values.adjacent_overlap_adj_sent_div_seg).toBe(0);
    expect(values.adjacent_overlap_binary_adj_sent).toBe(0);
    expect(values.syn_overlap_sent_noun).toBe(0);
    expect(values.basic_connectives).toBe(0);
  });

  it("the pronoun-noun ratio is null without nouns, and 0 with nouns and no pronouns", async () => {
    const without = annotate("it/it/PRP slept/sleep/VBD");
    expect((await indicesOf(without)).pronoun_noun_ratio).toBeNull();
    expect((await indicesOf(without, "faithful")).pronoun_noun_ratio).toBe(0);
    expect((await indicesOf(annotate("dogs/dog/NNS bark/bark/VBP"))).pronoun_noun_ratio).toBe(0);
  });

  it.each(["faithful", "experiment"] as const)("%s: 0", async (mode) => {
    expect(await nullNames(mode)).toEqual([]);
    const values = await indicesOf(TEXT, mode);
    const zero = ["adj_ttr", "adjacent_overlap_adj_sent", "adjacent_overlap_2_all_sent"];
    for (const name of [...zero, "adjacent_overlap_all_para", "syn_overlap_para_noun"]) {
      expect(values[name], name).toBe(0);
    }
  });

  it.each(MODES)("%s: the semantic indices of an absent space are null", async (mode) => {
    const values = await indicesOf(TEXT, mode);
    const semantic = Object.keys(values).filter((name) => /^(lsa|lda|word2vec)_/.test(name));
    expect(semantic).toHaveLength(12);
    expect(semantic.map((name) => values[name])).toEqual(semantic.map(() => null));
  });
});
