import {
  DISTANCES,
  describeWord,
  EDGE,
  neighbourFeatures,
  ownFeatures,
  PAIR_FEATURES,
  pairFeatures,
  type Word,
} from "./features.ts";
import type { AnalyserModel } from "./model.ts";
import { addFeature, best } from "./perceptron.ts";

/** A word with the scores that it gives to each tag: its own, and as a neighbour at each distance. */
interface ScoredWord {
  readonly word: Word;
  /** Number of the tag of a frequent word that always has the same one, or -1. */
  readonly fixed: number;
  readonly own: Int32Array;
  readonly neighbour: (Int32Array | undefined)[];
}

/** Number of words after which the cache is cleared. It bounds the memory for a stream of texts. */
const MAX_CACHED = 12_000;

/** Gives the words of a sentence Penn tags, from left to right. */
export class SequenceTagger {
  readonly #model: AnalyserModel;
  readonly #cache = new Map<string, ScoredWord>();
  readonly #edge: ScoredWord;
  readonly #scores: Int32Array;
  readonly #keys = new Int32Array(PAIR_FEATURES);

  constructor(model: AnalyserModel) {
    this.#model = model;
    const labels = model.tags.labels.length;
    this.#scores = new Int32Array(labels);
    this.#edge = { word: EDGE, fixed: -1, own: new Int32Array(labels), neighbour: [] };
  }

  /** Returns the description of each word, and the number of its tag. */
  tag(forms: readonly string[]): { words: Word[]; tags: Uint8Array } {
    const scored = forms.map((form) => this.#lookUp(form));
    const tags = new Uint8Array(forms.length);
    const start = this.#scores.length;
    for (let at = 0; at < forms.length; at++) {
      tags[at] = this.#choose(scored, at, tags[at - 1] ?? start, tags[at - 2] ?? start);
    }
    return { words: scored.map(({ word }) => word), tags };
  }

  #choose(scored: readonly ScoredWord[], at: number, tag1: number, tag2: number): number {
    const scores = this.#scores;
    const here = scored[at] as ScoredWord;
    if (here.fixed >= 0) return here.fixed;
    const [own, before2, before, after, after2] = [
      here.own,
      this.#neighbourScores(scored[at - 2] ?? this.#edge, 0),
      this.#neighbourScores(scored[at - 1] ?? this.#edge, 1),
      this.#neighbourScores(scored[at + 1] ?? this.#edge, 2),
      this.#neighbourScores(scored[at + 2] ?? this.#edge, 3),
    ];
    for (let label = 0; label < scores.length; label++) {
      scores[label] =
        (own[label] as number) +
        (before2[label] as number) +
        (before[label] as number) +
        (after[label] as number) +
        (after2[label] as number);
    }
    const wordAt = (position: number): Word => (scored[position] ?? this.#edge).word;
    pairFeatures(
      this.#keys,
      wordAt(at - 2),
      wordAt(at - 1),
      here.word,
      wordAt(at + 1),
      wordAt(at + 2),
      tag1,
      tag2,
    );
    for (const key of this.#keys) addFeature(this.#model.tags, scores, key);
    return best(scores);
  }

  #lookUp(form: string): ScoredWord {
    let scored = this.#cache.get(form);
    if (!scored) {
      const word = describeWord(form, this.#model.kindOf);
      const { fixedTags, tags } = this.#model;
      const fixed = tags.labels.indexOf(fixedTags.get(word.lower) ?? "");
      scored = { word, fixed, own: this.#sum(ownFeatures(word)), neighbour: [] };
      if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
      this.#cache.set(form, scored);
    }
    return scored;
  }

  #neighbourScores(scored: ScoredWord, index: number): Int32Array {
    let scores = scored.neighbour[index];
    if (!scores) {
      scores = this.#sum(neighbourFeatures(scored.word, DISTANCES[index] as number));
      scored.neighbour[index] = scores;
    }
    return scores;
  }

  #sum(keys: readonly number[]): Int32Array {
    const scores = new Int32Array(this.#scores.length);
    for (const key of keys) addFeature(this.#model.tags, scores, key);
    return scores;
  }
}
