import type { AnnotatedText, AnnotatedToken } from "../../lib/taaco/types.ts";

/** Parses tokens "form/lemma/tag" or "form/lemma/tag/flags" that are separated by spaces. */
export function sentence(text: string): AnnotatedToken[] {
  return text
    .trim()
    .split(/\s+/)
    .map((item) => {
      const [form = "", lemma = "", tag = "", flags = ""] = item.split("/");
      return [form, lemma, tag, flags];
    });
}

export const FIRST = sentence(
  "The/the/DT/D dog/dog/NN chased/chase/VBD a/a/DT/D cat/cat/NN because/because/IN/M it/it/PRP was/be/VBD/A hungry/hungry/JJ ././.",
);
export const SECOND = sentence("The/the/DT/D cat/cat/NN ran/run/VBD quickly/quickly/RB ././.");
export const THIRD = sentence(
  "This/this/DT/D dog/dog/NN was/be/VBD/A tired/tired/JJ ,/,/, but/but/CC that/that/DT did/do/VBD/A n't/not/RB stop/stop/VB it/it/PRP ././.",
);

/** The published example with two paragraphs, three sentences and 23 words. */
export const EXAMPLE: AnnotatedText = [[FIRST, SECOND], [THIRD]];

export const EXAMPLE_TEXT =
  "The dog chased a cat because it was hungry. The cat ran quickly.\nThis dog was tired, but that didn't stop it.";

/** Values of the example in faithful mode, computed by hand as fractions. */
export const FAITHFUL: Readonly<Record<string, number>> = {
  lemma_ttr: 18 / 23,
  lemma_mattr: 18 / 23,
  lexical_density_tokens: 11 / 23,
  lexical_density_types: 9 / 18,
  content_ttr: 9 / 11,
  function_ttr: 9 / 12,
  function_mattr: 9 / 12,
  noun_ttr: 2 / 4,
  verb_ttr: 1,
  adj_ttr: 1,
  adv_ttr: 1,
  prp_ttr: 2 / 3,
  argument_ttr: 3 / 6,
  bigram_lemma_ttr: 1,
  trigram_lemma_ttr: 1,
  adjacent_overlap_all_sent: 2 / 13,
  adjacent_overlap_all_sent_div_seg: 2 / 2,
  adjacent_overlap_binary_all_sent: 1 / 2,
  adjacent_overlap_2_all_sent: 5 / 9,
  adjacent_overlap_2_all_sent_div_seg: 5,
  adjacent_overlap_binary_2_all_sent: 1,
  adjacent_overlap_cw_sent: 1 / 7,
  adjacent_overlap_2_cw_sent: 2 / 4,
  adjacent_overlap_fw_sent: 1 / 6,
  adjacent_overlap_2_fw_sent: 3 / 5,
  adjacent_overlap_noun_sent: 1 / 3,
  adjacent_overlap_2_noun_sent_div_seg: 2,
  adjacent_overlap_verb_sent: 0,
  adjacent_overlap_verb_sent_div_seg: 0,
  adjacent_overlap_binary_verb_sent: 0,
  adjacent_overlap_2_verb_sent: 0,
  adjacent_overlap_2_verb_sent_div_seg: 0,
  adjacent_overlap_binary_2_verb_sent: 0,
  adjacent_overlap_2_adv_sent: 0,
  adjacent_overlap_pronoun_sent: 0,
  adjacent_overlap_2_pronoun_sent: 1,
  adjacent_overlap_argument_sent: 1 / 4,
  adjacent_overlap_2_argument_sent_div_seg: 3,
  adjacent_overlap_all_para: 3 / 11,
  adjacent_overlap_all_para_div_seg: 3,
  adjacent_overlap_2_all_para: 0,
  adjacent_overlap_2_all_para_div_seg: 0,
  adjacent_overlap_binary_2_all_para: 0,
  adjacent_overlap_cw_para: 1 / 6,
  adjacent_overlap_fw_para: 2 / 5,
  adjacent_overlap_noun_para: 1 / 2,
  adjacent_overlap_pronoun_para: 1,
  adjacent_overlap_argument_para: 2 / 3,
  syn_overlap_sent_noun: 1 / 2,
  syn_overlap_para_noun: 1,
  basic_connectives: 1 / 23,
  conjunctions: 1 / 23,
  opposition: 1 / 23,
  disjunctions: 0,
  coordinating_conjuncts: 0,
  addition: 0,
  order: 0,
  lexical_subordinators: 1 / 23,
  reason_and_purpose: 1 / 23,
  all_causal: 1 / 23,
  positive_causal: 2 / 23,
  sentence_linking: 2 / 23,
  all_logical: 2 / 23,
  all_connective: 2 / 23,
  determiners: 5 / 23,
  all_demonstratives: 2 / 23,
  attended_demonstratives: 1 / 23,
  unattended_demonstratives: 1 / 23,
  pronoun_density: 3 / 23,
  pronoun_noun_ratio: 3 / 4,
  repeated_content_lemmas: 4 / 23,
  repeated_content_and_pronoun_lemmas: 6 / 23,
};

/** Values that differ in corrected mode: "not" is a function word, only whole phrases match, and null replaces 0 over 0. */
export const CORRECTED: Readonly<Record<string, number | null>> = {
  ...FAITHFUL,
  lexical_density_tokens: 10 / 23,
  lexical_density_types: 8 / 18,
  content_ttr: 8 / 10,
  function_ttr: 10 / 13,
  function_mattr: 10 / 13,
  positive_causal: 1 / 23,
  adjacent_overlap_verb_sent: 0,
  // s1 and s2 hold 0 and 1 adverb types; span 2 starts at s1 alone, which has none.
  adjacent_overlap_2_adv_sent: null,
  // Only two paragraphs: no three to compare.
  adjacent_overlap_2_all_para: null,
  adjacent_overlap_2_all_para_div_seg: null,
  adjacent_overlap_binary_2_all_para: null,
};
