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

/** A word with the scores that it gives to the tags of itself and of its neighbours. */
interface ScoredWord {
  readonly word: Word;
  /** Number of the tag of a frequent word that always has the same one, or -1. */
  readonly fixed: number;
  /** One number a tag: first for the word itself, then for the word that has it at each of {@link DISTANCES}. */
  readonly scores: Int16Array;
}

/** Number of words after which the cache is cleared. It bounds the memory for a stream of texts. */
const MAX_CACHED = 20_000;
/** Number of words that are looked at on either side. */
const REACH = 2;

/** Gives the words of a sentence Penn tags, from left to right. */
export class SequenceTagger {
  readonly #model: AnalyserModel;
  readonly #fixed: ReadonlyMap<string, number>;
  readonly #cache = new Map<string, ScoredWord>();
  readonly #edge: ScoredWord;
  readonly #scores: Int32Array;
  readonly #keys = new Int32Array(PAIR_FEATURES);

  constructor(model: AnalyserModel) {
    this.#model = model;
    const { labels } = model.tags;
    this.#fixed = new Map([...model.fixedTags].map(([word, tag]) => [word, labels.indexOf(tag)]));
    this.#scores = new Int32Array(labels.length);
    this.#edge = { word: EDGE, fixed: -1, scores: this.#scoresOf([], EDGE) };
  }

  /** Returns the description of each word, and the number of its tag. */
  tag(forms: readonly string[]): { words: Word[]; tags: Uint8Array } {
    const edge = this.#edge;
    const padded = [edge, edge, ...forms.map((form) => this.#lookUp(form)), edge, edge];
    const tags = new Uint8Array(forms.length);
    let before = this.#scores.length;
    let before2 = before;
    for (let at = 0; at < forms.length; at++) {
      const tag = this.#choose(padded, at + REACH, before, before2);
      tags[at] = tag;
      before2 = before;
      before = tag;
    }
    return { words: padded.slice(REACH, -REACH).map(({ word }) => word), tags };
  }

  /** @param before tag of the word before, and `before2` of the one before that */
  #choose(words: readonly ScoredWord[], at: number, before: number, before2: number): number {
    const { word, fixed } = words[at] as ScoredWord;
    if (fixed >= 0) return fixed;
    const lead = this.#addSingleFeatures(words, at);
    if (lead < this.#model.clearMargin) {
      const wordAt = (place: number): Word => (words[place] as ScoredWord).word;
      const neighbours = [wordAt(at - 2), wordAt(at - 1), word, wordAt(at + 1), wordAt(at + 2)] as const;
      pairFeatures(this.#keys, ...neighbours, before, before2);
      for (const key of this.#keys) addFeature(this.#model.tags, this.#scores, key);
    }
    return best(this.#scores);
  }

  /**
   * Sets the scores to the sums of what the word and its neighbours contribute each alone.
   *
   * @returns by how much the highest score exceeds the next
   */
  #addSingleFeatures(words: readonly ScoredWord[], at: number): number {
    const scores = this.#scores;
    const tags = scores.length;
    const own = (words[at] as ScoredWord).scores;
    const before2 = (words[at - 2] as ScoredWord).scores;
    const before = (words[at - 1] as ScoredWord).scores;
    const after = (words[at + 1] as ScoredWord).scores;
    const after2 = (words[at + 2] as ScoredWord).scores;
    let highest = Number.NEGATIVE_INFINITY;
    let second = highest;
    for (let tag = 0; tag < tags; tag++) {
      const score =
        (own[tag] as number) +
        (before2[tags + tag] as number) +
        (before[2 * tags + tag] as number) +
        (after[3 * tags + tag] as number) +
        (after2[4 * tags + tag] as number);
      scores[tag] = score;
      if (score > highest) {
        second = highest;
        highest = score;
      } else if (score > second) second = score;
    }
    return highest - second;
  }

  #lookUp(form: string): ScoredWord {
    let scored = this.#cache.get(form);
    if (!scored) {
      const word = describeWord(form, this.#model.kindOf);
      const fixed = this.#fixed.get(word.lower) ?? -1;
      scored = { word, fixed, scores: this.#scoresOf(ownFeatures(word), word) };
      if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
      this.#cache.set(form, scored);
    }
    return scored;
  }

  #scoresOf(own: readonly number[], word: Word): Int16Array {
    const tags = this.#scores.length;
    const scores = new Int16Array(tags * (1 + DISTANCES.length));
    [own, ...DISTANCES.map((distance) => neighbourFeatures(word, distance))].forEach((keys, block) => {
      const part = scores.subarray(block * tags, (block + 1) * tags);
      for (const key of keys) addFeature(this.#model.tags, part, key);
    });
    return scores;
  }
}
