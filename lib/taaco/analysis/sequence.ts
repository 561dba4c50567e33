import { PAIR_FEATURES, pairFeatures, type Word } from "./features.ts";
import { FormTable, type KnownForm } from "./known-form.ts";
import type { AnalyserModel } from "./model.ts";
import { addFeatures, best } from "./perceptron.ts";

/** Number of words that are looked at on either side. */
const REACH = 2;

/** Gives the words of a sentence Penn tags, from left to right. */
export class SequenceTagger {
  readonly #model: AnalyserModel;
  readonly #forms: FormTable;
  readonly #scores: Int32Array;
  readonly #keys = new Int32Array(PAIR_FEATURES);

  constructor(model: AnalyserModel) {
    this.#model = model;
    this.#forms = new FormTable(model);
    this.#scores = new Int32Array(model.tags.labels.length);
  }

  /** Returns what is known of each form, and the number of its tag. */
  tag(forms: readonly string[]): { known: KnownForm[]; tags: Uint8Array } {
    const { edge } = this.#forms;
    const known = this.#forms.lookUp(forms);
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
    const known = this.#forms.scores;
    const tags = scores.length;
    const own = (words[at] as KnownForm).place;
    const before2 = (words[at - 2] as KnownForm).place + tags;
    const before = (words[at - 1] as KnownForm).place + 2 * tags;
    const after = (words[at + 1] as KnownForm).place + 3 * tags;
    const after2 = (words[at + 2] as KnownForm).place + 4 * tags;
    let highest = Number.NEGATIVE_INFINITY;
    let second = highest;
    for (let tag = 0; tag < tags; tag++) {
      const score =
        (known[own + tag] as number) +
        (known[before2 + tag] as number) +
        (known[before + tag] as number) +
        (known[after + tag] as number) +
        (known[after2 + tag] as number);
      scores[tag] = score;
      if (score > highest) {
        second = highest;
        highest = score;
      } else if (score > second) second = score;
    }
    return highest - second;
  }
}
