/**
 * A token with its analysis: form, lemma, Penn tag, flags. Flags, one string: C content, F function, N noun, V verb,
 * J adjective, R adverb, P pronoun class (on a demonstrative: unattended), G argument, A auxiliary, M marker,
 * D attended demonstrative. With C or F the classes are complete; otherwise they are derived from the tag.
 */
export type AnnotatedToken = readonly [form: string, lemma: string, tag: string, flags: string];

/** Paragraphs of sentences of tokens. */
export type AnnotatedText = readonly (readonly (readonly AnnotatedToken[])[])[];

/** A text in one of three forms: plain (each line is a paragraph), as turns, or already annotated. */
export type TaacoInput =
  | string
  | { readonly turns: readonly { readonly speaker: string; readonly text: string }[] }
  | { readonly paragraphs: AnnotatedText };

/** Splits a paragraph into sentences and analyses each token; never sees labels or line ends. */
export interface Tagger {
  readonly name: string;
  /** Sentences of tokens with flags A, M, D set where they hold; punctuation tokens included, with Penn punctuation tags. */
  tag(paragraph: string): AnnotatedToken[][];
}

/** The kinds of semantic space, in the order in which the indices have them. */
export const SPACE_KINDS = ["lsa", "lda", "word2vec"] as const;

export type SpaceKind = (typeof SPACE_KINDS)[number];

/** A read-only table of word vectors. Injected by callers; `taaco` never learns or loads one itself. */
export interface VectorSpace {
  readonly kind: SpaceKind;
  readonly dimensions: number;
  /** Row of a lower-case lemma, or -1. */
  row(lemma: string): number;
  /** Row-major, rows x dimensions. */
  readonly values: Float32Array;
  /** The lemma of each row; needed only to hand a space to worker threads. */
  readonly words?: readonly string[];
  /**
   * Where another thread finds values that lie in a mapped file: `openMatrix(file)` of the module at this URL returns
   * them. Without it the values are copied to shared memory.
   */
  readonly reopen?: { readonly module: string; readonly file: string };
}

export type ReopenableMatrix = NonNullable<VectorSpace["reopen"]>;

/** What the module of a {@link ReopenableMatrix} exports. */
export interface MatrixModule {
  openMatrix(file: string): Float32Array;
}

export type IndexMode = "corrected" | "faithful";
/** Index values by name; null where there is nothing to measure. */
export type IndexValues = Record<string, number | null>;

/**
 * Modes of the arithmetic: the two public ones, and the variant of the original experiment (faithful, with its own
 * givenness and without the growing segments).
 */
export type ArithmeticMode = IndexMode | "experiment";

/** Values of a family, in the order of its names. */
export type FamilyValues = readonly (number | null)[];
