/** The official names of TAACO 2.1.3, in its output order, built by its rules. */

const CLASSES = ["all", "cw", "fw", "noun", "verb", "adj", "adv", "pronoun", "argument"] as const;
const UNITS = ["sent", "para"] as const;

/** Word classes of the overlap indices. */
export type OverlapClass = (typeof CLASSES)[number];
export type Unit = (typeof UNITS)[number];

export const OVERLAP_CLASSES: readonly OverlapClass[] = CLASSES;
export const OVERLAP_UNITS: readonly Unit[] = UNITS;

/** The six values of one class and unit: next segment, then next two. */
export function overlapNames(name: OverlapClass, unit: Unit): readonly string[] {
  const stem = `${name}_${unit}`;
  return [
    `adjacent_overlap_${stem}`,
    `adjacent_overlap_${stem}_div_seg`,
    `adjacent_overlap_binary_${stem}`,
    `adjacent_overlap_2_${stem}`,
    `adjacent_overlap_2_${stem}_div_seg`,
    `adjacent_overlap_binary_2_${stem}`,
  ];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

export const DIVERSITY_NAMES: readonly string[] = words(`
  lemma_ttr lemma_mattr lexical_density_tokens lexical_density_types content_ttr function_ttr function_mattr noun_ttr
  verb_ttr adj_ttr adv_ttr prp_ttr argument_ttr bigram_lemma_ttr trigram_lemma_ttr`);

export const OVERLAP_NAMES: readonly string[] = UNITS.flatMap((unit) =>
  CLASSES.flatMap((name) => overlapNames(name, unit)),
);

export const SYNONYM_NAMES: readonly string[] = words(
  "syn_overlap_sent_noun syn_overlap_sent_verb syn_overlap_para_noun syn_overlap_para_verb",
);

export const SPACE_KINDS = ["lsa", "lda", "word2vec"] as const;

export const SEMANTIC_NAMES: readonly string[] = SPACE_KINDS.flatMap((kind) =>
  UNITS.flatMap((unit) => [`${kind}_1_all_${unit}`, `${kind}_2_all_${unit}`]),
);

export const CONNECTIVE_NAMES: readonly string[] = words(`
  basic_connectives conjunctions disjunctions lexical_subordinators coordinating_conjuncts addition sentence_linking
  order reason_and_purpose all_causal positive_causal opposition determiners all_demonstratives
  attended_demonstratives unattended_demonstratives all_additive all_logical positive_logical negative_logical
  all_temporal positive_intentional all_positive all_negative all_connective`);

export const GIVENNESS_NAMES: readonly string[] = words(
  "pronoun_density pronoun_noun_ratio repeated_content_lemmas repeated_content_and_pronoun_lemmas",
);

const KEYWORD_KINDS = words("uni n_uni v_uni v_n_uni adj_uni bi tri quad").concat(
  ["bi", "tri", "quad"].flatMap((size) => ["n", "adj", "v", "v_n", "a_n"].map((name) => `${name}_${size}`)),
);

export const KEYWORD_NAMES: readonly string[] = KEYWORD_KINDS.map(
  (kind) => `mag_news_${kind}_keywords_percentage`,
);

export const SOURCE_NAMES: readonly string[] = [
  ...KEYWORD_NAMES,
  ...SPACE_KINDS.map((kind) => `source_similarity_${kind}`),
];

/** The 168 indices of a single text. */
export const TEXT_NAMES: readonly string[] = [
  ...DIVERSITY_NAMES,
  ...OVERLAP_NAMES,
  ...SYNONYM_NAMES,
  ...SEMANTIC_NAMES,
  ...CONNECTIVE_NAMES,
  ...GIVENNESS_NAMES,
];

/** The 194 indices of a text with its source. */
export const ALL_NAMES: readonly string[] = [...TEXT_NAMES, ...SOURCE_NAMES];

/** What is measured of a new turn against its context; not TAACO's own. */
export const TURN_EXTRA_NAMES: readonly string[] = words(`
  dppo_turn_words dppo_turn_mattr dppo_turn_content_overlap dppo_turn_lsa dppo_turn_lsa_content dppo_turn_pronouns
  dppo_turn_repetition dppo_turn_copied`);
