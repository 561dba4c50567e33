import type { PhaseProgress } from "../call.ts";
import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import { SPACES_BUILD_OPTIONS } from "../options/tables/spaces.ts";
import type { SpaceKind } from "../taaco/types.ts";
import { sharedFloats, WordVectors } from "./vectors.ts";
import { encodeCorpus, type LemmaDocument } from "./vocabulary.ts";

/** Progress of {@link learnSpace}. */
export interface SpaceProgress {
  /** Kind of the space. */
  readonly kind: SpaceKind;
  /** Finished fraction of this space, 0 to 1. */
  readonly fraction: number;
}

/** Returns a listener that passes the progress of each space on as a phase, in percent. */
export const inPercent =
  (onProgress: PhaseProgress | undefined) =>
  ({ kind, fraction }: SpaceProgress): void =>
    onProgress?.(kind, Math.round(100 * fraction), 100);

/** Options of `learnSpaces`. */
export interface LearnSpacesOptions {
  /** Kinds to learn, in this order. Default: lsa, lda, word2vec. */
  readonly kinds?: readonly SpaceKind[];
  /** Number of dimensions of LSA and word2vec. LSA has at most as many as there are documents or words. Default 100. */
  readonly dimensions?: number;
  /** Number of topics of LDA, which are its dimensions. Default 100. */
  readonly topics?: number;
  /** Seed of the random numbers, a whole number of at least 0. */
  readonly seed: number;
  /** Smallest number of occurrences of a word. Rarer words are left out. Default 2. */
  readonly minCount?: number;
  /** Number of threads, which does not change the result. Default: all cores of the machine. */
  readonly threads?: number;
  /** Aborts the learning. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the progress of each space. */
  readonly onProgress?: (progress: SpaceProgress) => void;
}

/**
 * Version of the learning algorithm, part of the cache key. Raise it whenever the same corpus and options give other
 * numbers, so that old cached spaces are not used.
 */
export const LEARNER_VERSION = 2;

/**
 * Returns the largest number of documents that a word may occur in. For LDA it is a fifth of the documents, but at
 * least 50: function words would make all topics, and therefore all texts, similar. The other kinds give such words a
 * low weight.
 */
function maxDocuments(kind: SpaceKind, documents: number): number {
  return kind === "lda" ? Math.max(50, 0.2 * documents) : documents;
}

/**
 * Returns the number of passes over the corpus as options of the addon. It is fixed for LSA. word2vec needs more passes
 * for small corpora: for 70,000 words, 20 passes gave the best neighbours; for 1.2 million words, 5 passes are enough.
 */
function passOptions(kind: SpaceKind, tokens: number): object {
  if (kind === "lda") return { iterations: 100 };
  return kind === "word2vec" ? { epochs: Math.min(20, Math.max(5, Math.ceil(2e6 / tokens))) } : {};
}

/** Learns one space. The caller has checked the options. */
export async function learnSpace(
  kind: SpaceKind,
  documents: readonly LemmaDocument[],
  options: LearnSpacesOptions,
): Promise<WordVectors> {
  const defaults = SPACES_BUILD_OPTIONS;
  const { dimensions = defaults.dimensions.default, topics = defaults.topics.default } = options;
  const { minCount = defaults.minCount.default, threads = 0, seed, signal, onProgress } = options;
  const corpus = encodeCorpus(documents, { minCount, maxDocuments: maxDocuments(kind, documents.length) });
  const listener = onProgress && ((fraction: number): void => onProgress({ kind, fraction }));
  const { words, tokens, offsets } = corpus;
  const columns = kind === "lda" ? topics : dimensions;
  const settings = { dimensions: columns, seed, threads, ...passOptions(kind, tokens.length) };
  const learned = await runJob(
    (report) => loadAddon().learnSpace(kind, tokens, offsets, words.length, settings, report),
    { signal, listener },
  );
  const values = sharedFloats(learned.values.length);
  values.set(learned.values);
  return new WordVectors(kind, learned.dimensions, words, values);
}
