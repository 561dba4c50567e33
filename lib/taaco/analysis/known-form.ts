import type { AnnotatedToken } from "../types.ts";
import { type FlagRule, flagRule, type TagRule, tagRules } from "./corrections.ts";
import { DISTANCES, describeWord, EDGE, neighbourFeatures, ownFeatures, type Word } from "./features.ts";
import { type FlagCandidate, flagCandidate } from "./flags.ts";
import type { AnalyserModel } from "./model.ts";
import { addFeature } from "./perceptron.ts";

/** A form with what follows from it alone. */
export interface KnownForm {
  readonly form: string;
  /** The form in lower case. */
  readonly lower: string;
  readonly word: Word;
  /** Number of the tag of a frequent word that always has the same one, or -1. */
  readonly fixed: number;
  /** Where its scores begin in {@link FormTable.scores}. */
  readonly place: number;
  readonly tagRules: readonly TagRule[];
  readonly flagRule: FlagRule | undefined;
  readonly flagCandidate: FlagCandidate;
  /** The lemma of the form for the number of each tag with which it has occurred. */
  readonly lemmas: (string | undefined)[];
  /** The tokens that the form has been. Equal tokens are one object, since texts repeat few of them. */
  readonly tokens: AnnotatedToken[];
}

/** Spellings that the training text lacks, and the words that are used alike. */
const SAME_AS: ReadonlyMap<string, string> = new Map([
  ["nae", "n't"],
  ["dunno", "know"],
]);

/** Number of forms after which the table is cleared. It bounds the memory for a stream of texts. */
const MAX_FORMS = 20_000;

/**
 * The forms that have occurred, with the scores that each gives to the tags of itself and of its neighbours. All scores
 * lie in one array, so that few places of the memory are touched.
 */
export class FormTable {
  readonly #model: AnalyserModel;
  readonly #fixed: ReadonlyMap<string, number>;
  readonly #forms = new Map<string, KnownForm>();
  readonly #tags: number;
  /** Number of scores of a form. */
  readonly #width: number;
  #scores: Int16Array;
  /** Stands before the first and after the last word of a sentence. */
  readonly edge: KnownForm;

  constructor(model: AnalyserModel) {
    this.#model = model;
    const { labels } = model.tags;
    this.#tags = labels.length;
    this.#width = labels.length * (1 + DISTANCES.length);
    this.#scores = new Int16Array(1000 * this.#width);
    this.#fixed = new Map([...model.fixedTags].map(([word, tag]) => [word, labels.indexOf(tag)]));
    this.edge = this.#describe("", 0, EDGE, []);
  }

  /**
   * For each form one number a tag: first for the word itself, then for the word that has it at each of
   * {@link DISTANCES}. Another call of {@link FormTable.lookUp} can replace the array.
   */
  get scores(): Int16Array {
    return this.#scores;
  }

  /** Returns what is known of each form. It is valid until the next call. */
  lookUp(forms: readonly string[]): KnownForm[] {
    if (this.#forms.size >= MAX_FORMS) this.#forms.clear();
    const found: KnownForm[] = [];
    for (const form of forms) {
      let known = this.#forms.get(form);
      if (!known) {
        const word = describeWord(SAME_AS.get(form) ?? form, this.#model.kindOf);
        known = this.#describe(form, (this.#forms.size + 1) * this.#width, word, ownFeatures(word));
        this.#forms.set(form, known);
      }
      found.push(known);
    }
    return found;
  }

  /** @param own features of the tag of the word itself */
  #describe(form: string, place: number, word: Word, own: readonly number[]): KnownForm {
    const lower = form.toLowerCase();
    this.#reserve(place + this.#width);
    this.#scores.fill(0, place, place + this.#width);
    this.#addScores(place, own);
    for (let block = 0; block < DISTANCES.length; block++) {
      const features = neighbourFeatures(word, DISTANCES[block] as number);
      this.#addScores(place + (1 + block) * this.#tags, features);
    }
    return {
      form,
      lower,
      word,
      fixed: this.#fixed.get(word.lower) ?? -1,
      place,
      tagRules: tagRules(form, lower),
      flagRule: flagRule(lower),
      flagCandidate: flagCandidate(lower),
      lemmas: [],
      tokens: [],
    };
  }

  #reserve(size: number): void {
    if (size <= this.#scores.length) return;
    const larger = new Int16Array(2 * size);
    larger.set(this.#scores);
    this.#scores = larger;
  }

  #addScores(from: number, features: readonly number[]): void {
    const scores = this.#scores.subarray(from, from + this.#tags);
    for (const key of features) addFeature(this.#model.tags, scores, key);
  }
}
