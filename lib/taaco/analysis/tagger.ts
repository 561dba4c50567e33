import { fileURLToPath } from "node:url";
import { adjectivesIn } from "../lists/list-file.ts";
import type { AnnotatedToken, Tagger } from "../types.ts";
import { correctFlag, correctTags, isHave, type TaggedSentence } from "./corrections.ts";
import type { Word } from "./features.ts";
import { canHaveFlag, coarseTags, flagFeatures } from "./flags.ts";
import { lemmaOf } from "./lemma.ts";
import { type Lexicon, readLexicon } from "./lexicon.ts";
import { type AnalyserModel, readModel } from "./model.ts";
import { addFeature, best } from "./perceptron.ts";
import { canBegin, sentenceFeatures } from "./sentence-ends.ts";
import { SequenceTagger } from "./sequence.ts";
import { type RawToken, tokenize } from "./tokenize.ts";

/** The trained classifiers of this package. */
const MODEL_FILE = fileURLToPath(new URL("../../../data/analyser/model.bin.gz", import.meta.url));

/** Spellings that the training text lacks, and the words that are used alike. */
const SAME_AS: ReadonlyMap<string, string> = new Map([
  ["nae", "n't"],
  ["dunno", "know"],
]);

/** Analyses English text with averaged perceptrons: sentences, Penn tags, lemmas and flags. */
export class PerceptronTagger implements Tagger {
  readonly name = "averaged perceptron";
  readonly #model: AnalyserModel;
  readonly #lexicon: Lexicon;
  readonly #sequence: SequenceTagger;
  readonly #coarse: Uint8Array;
  readonly #flagScores: Int32Array;
  readonly #tagNumbers: ReadonlyMap<string, number>;

  /**
   * @param directory folder of the word lists of this package
   * @param adjectives returns the adjectives of that folder. By default, they are read when they are first needed.
   * @throws DialoguePpoError ERR_DATA when a file cannot be read
   */
  constructor(directory: string, adjectives = adjectivesIn(directory)) {
    this.#model = readModel(MODEL_FILE);
    this.#lexicon = readLexicon(directory, adjectives);
    this.#sequence = new SequenceTagger(this.#model);
    const { labels } = this.#model.tags;
    this.#coarse = coarseTags(labels);
    this.#flagScores = new Int32Array(this.#model.flags.labels.length);
    this.#tagNumbers = new Map(labels.map((label, number) => [label, number]));
  }

  tag(paragraph: string): AnnotatedToken[][] {
    const tokens = tokenize(paragraph);
    if (tokens.length === 0) return [[]];
    return this.#sentences(tokens).map((sentence) => this.#analyse(sentence));
  }

  #sentences(tokens: readonly RawToken[]): RawToken[][] {
    const { sentences } = this.#model;
    const scores = new Int32Array(2);
    const found: RawToken[][] = [];
    let from = 0;
    for (let at = 1; at < tokens.length; at++) {
      if (!canBegin(tokens, at)) continue;
      scores.fill(0);
      for (const key of sentenceFeatures(tokens, at)) addFeature(sentences, scores, key);
      if ((scores[1] as number) <= (scores[0] as number)) continue;
      found.push(tokens.slice(from, at));
      from = at;
    }
    found.push(tokens.slice(from));
    return found;
  }

  #analyse(tokens: readonly RawToken[]): AnnotatedToken[] {
    const forms = tokens.map(({ form }) => form);
    const { words, tags: numbers } = this.#sequence.tag(forms.map((form) => SAME_AS.get(form) ?? form));
    const { labels } = this.#model.tags;
    const lowers = forms.map((form) => form.toLowerCase());
    const sentence = { forms, lowers, tags: Array.from(numbers, (number) => labels[number] as string) };
    correctTags(sentence, this.#lexicon);
    sentence.tags.forEach((tag, at) => {
      numbers[at] = this.#tagNumbers.get(tag) as number;
    });
    return forms.map((form, at): AnnotatedToken => {
      const tag = sentence.tags[at] as string;
      if (tag === "SYM") return [form, form, tag, ""];
      const lower = lowers[at] as string;
      const lemma = isHave(sentence, at) ? "have" : lemmaOf(lower, tag, this.#lexicon);
      return [form, lemma, tag, this.#flagOf(sentence, words, numbers, at)];
    });
  }

  #flagOf(sentence: TaggedSentence, words: readonly Word[], numbers: Uint8Array, at: number): string {
    const tag = sentence.tags[at] as string;
    if (tag === "MD") return "A";
    if (!canHaveFlag(sentence.lowers[at] as string, tag)) return correctFlag(sentence, at, "");
    const { flags } = this.#model;
    const scores = this.#flagScores.fill(0);
    for (const key of flagFeatures(words, numbers, this.#coarse, at)) addFeature(flags, scores, key);
    return correctFlag(sentence, at, flags.labels[best(scores)] as string);
  }
}
