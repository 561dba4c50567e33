import path from "node:path";
import { dataFolder } from "../../package.ts";
import { adjectivesIn } from "../lists/list-file.ts";
import type { AnnotatedToken, Tagger } from "../types.ts";
import { correctFlag, correctTags, isHave, type TaggedSentence } from "./corrections.ts";
import { canHaveFlag, coarseTags, flagFeatures } from "./flags.ts";
import type { KnownForm } from "./known-form.ts";
import { lemmaOf } from "./lemma.ts";
import { type Lexicon, readLexicon } from "./lexicon.ts";
import { type AnalyserModel, readModel } from "./model.ts";
import { addFeatures, best } from "./perceptron.ts";
import { canBegin, sentenceFeatures } from "./sentence-ends.ts";
import { SequenceTagger } from "./sequence.ts";
import { type RawToken, tokenize } from "./tokenize.ts";

/** The trained classifiers of this package. */
const MODEL_FILE = path.join(dataFolder, "analyser", "model.bin");

/** Analyses English text with averaged perceptrons: sentences, Penn tags, lemmas and flags. */
export class PerceptronTagger implements Tagger {
  readonly name = "averaged perceptron";
  readonly #model: AnalyserModel;
  readonly #lexicon: Lexicon;
  readonly #sequence: SequenceTagger;
  readonly #coarse: Uint8Array;
  readonly #flagScores: Int32Array;
  readonly #sentenceScores = new Int32Array(2);
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
    const sentences: AnnotatedToken[][] = [];
    for (const sentence of this.#sentences(tokens)) sentences.push(this.#analyse(sentence));
    return sentences;
  }

  #sentences(tokens: readonly RawToken[]): RawToken[][] {
    const { sentences } = this.#model;
    const scores = this.#sentenceScores;
    const found: RawToken[][] = [];
    let from = 0;
    for (let at = 1; at < tokens.length; at++) {
      if (!canBegin(tokens, at)) continue;
      addFeatures(sentences, scores.fill(0), sentenceFeatures(tokens, at));
      if ((scores[1] as number) <= (scores[0] as number)) continue;
      found.push(tokens.slice(from, at));
      from = at;
    }
    found.push(tokens.slice(from));
    return found;
  }

  #analyse(tokens: readonly RawToken[]): AnnotatedToken[] {
    const forms: string[] = [];
    for (const { form } of tokens) forms.push(form);
    const { known, tags: numbers } = this.#sequence.tag(forms);
    const sentence = this.#correct(forms, known, numbers);
    const hashes: number[] = [];
    for (const { word } of known) hashes.push(word.hash);
    const analysed: AnnotatedToken[] = [];
    for (let at = 0; at < known.length; at++) {
      analysed.push(this.#tokenAt(sentence, known[at] as KnownForm, hashes, numbers, at));
    }
    return analysed;
  }

  /** Returns a sentence with the tags that the rules correct, whose numbers are corrected in place. */
  #correct(forms: readonly string[], known: readonly KnownForm[], numbers: Uint8Array): TaggedSentence {
    const { labels } = this.#model.tags;
    const lowers: string[] = [];
    const tags: string[] = [];
    for (let at = 0; at < known.length; at++) {
      lowers.push((known[at] as KnownForm).lower);
      tags.push(labels[numbers[at] as number] as string);
    }
    const sentence = { forms, lowers, tags };
    correctTags(sentence, this.#lexicon, known);
    for (let at = 0; at < tags.length; at++) {
      const tag = tags[at] as string;
      if (tag !== labels[numbers[at] as number]) numbers[at] = this.#tagNumbers.get(tag) as number;
    }
    return sentence;
  }

  #tokenAt(
    sentence: TaggedSentence,
    form: KnownForm,
    hashes: readonly number[],
    numbers: Uint8Array,
    at: number,
  ): AnnotatedToken {
    const tag = sentence.tags[at] as string;
    if (tag === "SYM") return tokenOf(form, form.form, tag, "");
    const lemma = isHave(sentence, at) ? "have" : this.#lemmaOf(form, numbers[at] as number);
    return tokenOf(form, lemma, tag, this.#flagOf(sentence, form, hashes, numbers, at));
  }

  #lemmaOf({ lower, lemmas }: KnownForm, tag: number): string {
    const known = lemmas[tag];
    if (known !== undefined) return known;
    const lemma = lemmaOf(lower, this.#model.tags.labels[tag] as string, this.#lexicon);
    lemmas[tag] = lemma;
    return lemma;
  }

  #flagOf(
    sentence: TaggedSentence,
    { flagCandidate, flagRule }: KnownForm,
    hashes: readonly number[],
    numbers: Uint8Array,
    at: number,
  ): string {
    const tag = sentence.tags[at] as string;
    if (tag === "MD") return "A";
    const flag = canHaveFlag(flagCandidate, tag) ? this.#classifyFlag(hashes, numbers, at) : "";
    if (flag !== "") return correctFlag(sentence, at, flag);
    return flagRule?.test(sentence, at) ? flagRule.flag : "";
  }

  #classifyFlag(hashes: readonly number[], numbers: Uint8Array, at: number): string {
    const { flags } = this.#model;
    const scores = this.#flagScores.fill(0);
    addFeatures(flags, scores, flagFeatures(hashes, numbers, this.#coarse, at));
    return flags.labels[best(scores)] as string;
  }
}

/** Returns the token of a form with an analysis. Equal tokens are one object. */
function tokenOf({ form, tokens }: KnownForm, lemma: string, tag: string, flags: string): AnnotatedToken {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as AnnotatedToken;
    if (token[1] === lemma && token[2] === tag && token[3] === flags) return token;
  }
  const token = [form, lemma, tag, flags] as const;
  tokens.push(token);
  return token;
}
