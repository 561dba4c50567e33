/**
 * A token with its analysis: form, lemma, Penn Treebank tag and flags. The flags are letters in one string: C content
 * word, F function word, N noun, V verb, J adjective, R adverb, P pronoun (on a demonstrative: it stands alone), G
 * argument (noun or personal pronoun), A auxiliary, M marker of a subordinate clause, D demonstrative before its noun.
 * With C or F the word classes are complete. Otherwise they are derived from the tag.
 */
export type AnnotatedToken = readonly [form: string, lemma: string, tag: string, flags: string];

/** An analysed text: an array of paragraphs, each an array of sentences, each an array of tokens. */
export type AnnotatedText = readonly (readonly (readonly AnnotatedToken[])[])[];

/**
 * A text in one of three forms: a string, whose lines are paragraphs; turns, each of which is a paragraph; or an
 * annotated text.
 */
export type TaacoInput =
  | string
  | { readonly turns: readonly { readonly speaker: string; readonly text: string }[] }
  | { readonly paragraphs: AnnotatedText };

/** A text that is not analysed yet. */
export type UnannotatedInput = Exclude<TaacoInput, { paragraphs: unknown }>;

/** Splits a paragraph into sentences and annotates each token. */
export interface Tagger {
  /** Name of the tagger. */
  readonly name: string;
  /**
   * Returns the sentences of a paragraph, each an array of tokens. The flags A, M and D are set where they apply.
   * Punctuation marks are tokens with Penn Treebank tags for punctuation.
   *
   * @param paragraph text of one paragraph without speaker labels and line ends
   */
  tag(paragraph: string): AnnotatedToken[][];
}

/** Kinds of semantic spaces, in the order of the semantic indices. */
export const SPACE_KINDS = ["lsa", "lda", "word2vec"] as const;

/** Kind of a semantic space: "lsa", "lda" or "word2vec". */
export type SpaceKind = (typeof SPACE_KINDS)[number];

/** A read-only table of word vectors. */
export interface VectorSpace {
  /** Kind of the space. */
  readonly kind: SpaceKind;
  /** Length of each vector. */
  readonly dimensions: number;
  /** Returns the row of a lower-case lemma, or -1 if the space does not contain it. */
  row(lemma: string): number;
  /** Vectors in row-major order, shape [rows, dimensions]. */
  readonly values: Float32Array;
  /** The lemma of each row. Only needed to pass a space to worker threads. */
  readonly words?: readonly string[];
}

/** Public modes of the arithmetic: without the official tool's errors, or with them. */
export type IndexMode = "corrected" | "faithful";
/** Values of indices by name. A value is null if there is nothing to measure. */
export type IndexValues = Record<string, number | null>;

/**
 * Modes of the arithmetic: the two public ones, and the variant of the original experiment. The latter is the faithful
 * mode with other givenness indices and without the segments that grow in the semantic indices.
 */
export type ArithmeticMode = IndexMode | "experiment";

/** Values of a family, in the order of its entries. */
export type FamilyValues = readonly (number | null)[];
