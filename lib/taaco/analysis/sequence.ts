import { type FlagRule, flagRule, type TagRule, tagRules } from "./corrections.ts";
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
import { addFeature, addFeatures, best } from "./perceptron.ts";

/** A form with what follows from it alone: above all the scores that it gives to the tags of itself and of its neighbours. */
export interface KnownForm {
  /** The form in lower case. */
  readonly lower: string;
  readonly word: Word;
  /** Number of the tag of a frequent word that always has the same one, or -1. */
  readonly fixed: number;
  /** One number a tag: first for the word itself, then for the word that has it at each of {@link DISTANCES}. */
  readonly scores: Int16Array;
  readonly tagRules: readonly TagRule[];
  readonly flagRule: FlagRule | undefined;
  /** The lemma of the form for the number of each tag with which it has occurred. */
  readonly lemmas: (string | undefined)[];
}

/** Spellings that the training text lacks, and the words that are used alike. */
const SAME_AS: ReadonlyMap<string, string> = new Map([
  ["nae", "n't"],
  ["dunno", "know"],
]);

/** Number of words after which the cache is cleared. It bounds the memory for a stream of texts. */
const MAX_CACHED = 20_000;
/** Number of words that are looked at on either side. */
const REACH = 2;

/** Gives the words of a sentence Penn tags, from left to right. */
export class SequenceTagger {
  readonly #model: AnalyserModel;
  readonly #fixed: ReadonlyMap<string, number>;
  readonly #cache = new Map<string, KnownForm>();
  readonly #edge: KnownForm;
  readonly #scores: Int32Array;
  readonly #keys = new Int32Array(PAIR_FEATURES);

  constructor(model: AnalyserModel) {
    this.#model = model;
    const { labels } = model.tags;
    this.#fixed = new Map([...model.fixedTags].map(([word, tag]) => [word, labels.indexOf(tag)]));
    this.#scores = new Int32Array(labels.length);
    this.#edge = { ...this.#describe(""), word: EDGE, fixed: -1, scores: this.#scoresOf([], EDGE) };
  }

  /** Returns what is known of each form, and the number of its tag. */
  tag(forms: readonly string[]): { known: KnownForm[]; tags: Uint8Array } {
    const edge = this.#edge;
    const known = forms.map((form) => this.#lookUp(form));
    const padded = [edge, edge, ...known, edge, edge];
    const tags = new Uint8Array(forms.length);
    let before = this.#scores.length;
    let before2 = before;
    for (let at = 0; at < forms.length; at++) {
      const tag = this.#choose(padded, at + REACH, before, before2);
      tags[at] = tag;
      before2 = before;
      before = tag;
    }
    return { known, tags };
  }

  /** @param before tag of the word before, and `before2` of the one before that */
  #choose(words: readonly KnownForm[], at: number, before: number, before2: number): number {
    const { word, fixed } = words[at] as KnownForm;
    if (fixed >= 0) return fixed;
    const lead = this.#addSingleFeatures(words, at);
    if (lead < this.#model.clearMargin) {
      const wordAt = (place: number): Word => (words[place] as KnownForm).word;
      const [left, right] = [wordAt(at - 1), wordAt(at + 1)];
      pairFeatures(this.#keys, wordAt(at - 2), left, word, right, wordAt(at + 2), before, before2);
      addFeatures(this.#model.tags, this.#scores, this.#keys);
    }
    return best(this.#scores);
  }

  /**
   * Sets the scores to the sums of what the word and its neighbours contribute each alone.
   *
   * @returns by how much the highest score exceeds the next
   */
  #addSingleFeatures(words: readonly KnownForm[], at: number): number {
    const scores = this.#scores;
    const tags = scores.length;
    const own = (words[at] as KnownForm).scores;
    const before2 = (words[at - 2] as KnownForm).scores;
    const before = (words[at - 1] as KnownForm).scores;
    const after = (words[at + 1] as KnownForm).scores;
    const after2 = (words[at + 2] as KnownForm).scores;
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

  #lookUp(form: string): KnownForm {
    let known = this.#cache.get(form);
    if (!known) {
      known = this.#describe(form);
      if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
      this.#cache.set(form, known);
    }
    return known;
  }

  #describe(form: string): KnownForm {
    const word = describeWord(SAME_AS.get(form) ?? form, this.#model.kindOf);
    const lower = form.toLowerCase();
    return {
      lower,
      word,
      fixed: this.#fixed.get(word.lower) ?? -1,
      scores: this.#scoresOf(ownFeatures(word), word),
      tagRules: tagRules(form, lower),
      flagRule: flagRule(lower),
      lemmas: [],
    };
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
