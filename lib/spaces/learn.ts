import { runJob } from "../native/job.ts";
import { loadAddon } from "../native/loader.ts";
import { SPACES_BUILD_OPTIONS } from "../options/tables/spaces.ts";
import { type SpaceKind, sharedFloats, WordVectors } from "./vectors.ts";
import { encodeCorpus, type LemmaDocument } from "./vocabulary.ts";

export interface SpaceProgress {
  readonly kind: SpaceKind;
  /** 0 to 1, of this kind. */
  readonly fraction: number;
}

export interface LearnSpacesOptions {
  /** Default all three, in this order: lsa, lda, word2vec. */
  readonly kinds?: readonly SpaceKind[];
  /** Of LSA and word2vec; LSA has at most as many as there are documents or words. Default 100. */
  readonly dimensions?: number;
  /** Of LDA. Default 100. */
  readonly topics?: number;
  readonly seed: number;
  /** Words that occur less often are left out. Default 2. */
  readonly minCount?: number;
  /** Default: as many as the machine has; never changes the result. */
  readonly threads?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: SpaceProgress) => void;
}

/** Raised whenever a corpus, options and defaults give other numbers than before, so that caches are left behind. */
export const LEARNER_VERSION = 2;

export const DEFAULT_KINDS: readonly SpaceKind[] = ["lsa", "lda", "word2vec"];

/**
 * LDA leaves out words that stand in more than a fifth of the documents (and in more than 50): function words would make all
 * topics, and so all texts, alike. The other kinds weight them down by themselves.
 */
function maxDocuments(kind: SpaceKind, documents: number): number {
  return kind === "lda" ? Math.max(50, 0.2 * documents) : documents;
}

/**
 * Passes over the corpus, by kind; LSA has a fixed number of its own. Small corpora need more of word2vec's: of 70,000 words
 * 20 passes gave the best neighbours, of 1.2 million 5 are plenty.
 */
function passOptions(kind: SpaceKind, tokens: number): object {
  if (kind === "lda") return { iterations: 100 };
  return kind === "word2vec" ? { epochs: Math.min(20, Math.max(5, Math.ceil(2e6 / tokens))) } : {};
}

/** Learns one space; options were checked. */
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
  const learnt = await runJob(
    () => loadAddon().learnSpace(kind, tokens, offsets, words.length, settings, listener),
    signal,
  );
  const values = sharedFloats(learnt.values.length);
  values.set(learnt.values);
  return new WordVectors(kind, learnt.dimensions, words, values);
}
