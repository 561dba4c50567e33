/**
 * A token with its analysis: form, lemma, Penn tag, flags. Flags, one string: C content, F function, N noun, V verb,
 * J adjective, R adverb, P pronoun class (on a demonstrative: unattended), G argument, A auxiliary, M marker,
 * D attended demonstrative. With C or F the classes are complete; otherwise they are derived from the tag.
 */
export type AnnotatedToken = readonly [form: string, lemma: string, tag: string, flags: string];

/** Paragraphs of sentences of tokens. */
export type AnnotatedText = readonly (readonly (readonly AnnotatedToken[])[])[];

/** Splits a paragraph into sentences and analyses each token; never sees labels or line ends. */
export interface Tagger {
  readonly name: string;
  /** Sentences of tokens with flags A, M, D set where they hold; punctuation tokens included, with Penn punctuation tags. */
  tag(paragraph: string): AnnotatedToken[][];
}

/** Where another thread finds the same values: `openMatrix(file)` of a module yields them. */
export interface ReopenableMatrix {
  /** URL of the module. */
  readonly module: string;
  readonly file: string;
}

/** What such a module exports. */
export interface MatrixModule {
  openMatrix(file: string): Float32Array;
}

/** A read-only table of word vectors. Injected by callers; `taaco` never learns or loads one itself. */
export interface VectorSpace {
  readonly kind: "lsa" | "lda" | "word2vec";
  readonly dimensions: number;
  /** Row of a lower-case lemma, or -1. */
  row(lemma: string): number;
  /** Row-major, rows x dimensions. */
  readonly values: Float32Array;
  /** The lemma of each row; needed only to hand a space to worker threads. */
  readonly words?: readonly string[];
  /** For values that threads cannot share, since they are mapped; without it they are copied to shared memory. */
  readonly reopen?: ReopenableMatrix;
}

export type IndexMode = "corrected" | "faithful";
