import {
  DISTANCES,
  describeWord,
  EDGE,
  neighbourFeatures,
  ownFeatures,
  PAIR_FEATURES,
  pairFeatures,
} from "../../dist/taaco/analysis/features.js";
import { holdOut, randomOf, shuffle, withoutApostrophes } from "./annotated.js";
import { AveragedPerceptron, highest } from "./averaged-perceptron.js";
import { countTags, fixedTags, tagSets } from "./known-words.js";

const EPOCHS = 5;
const LEAST_COUNT = 4;
const SMALLEST_WEIGHT = 0.5;
/** Lead in the score above which a word is left out of most later epochs. */
const EASY = 15;
/** Share of the words that may get another tag because pairs of words were not looked at. */
const HURRY_ERRORS = 0.001;

/** Learns the tags. Returns the classifier, the sets of tags of the words, the fixed tags, and the clear margin. */
export function trainTags(allSentences) {
  const { training, heldOut } = holdOut(allSentences, 60);
  const words = countTags(training);
  const [fixed, sets] = [fixedTags(words), tagSets(words)];
  const labels = [...new Set(training.flat().map(({ tag }) => tag))].sort();
  const task = new TaggingTask(labels, fixed, sets);
  task.train(training);
  task.report(heldOut);
  const tags = task.perceptron.quantised(SMALLEST_WEIGHT);
  return { tags, sets, fixed, clearMargin: Math.round(task.clearMargin(heldOut) * tags.scale) };
}

class TaggingTask {
  #words = new Map();
  #keys = new Int32Array(PAIR_FEATURES);

  constructor(labels, fixed, sets) {
    this.perceptron = new AveragedPerceptron(labels);
    this.numbers = new Map(labels.map((label, number) => [label, number]));
    this.start = labels.length;
    this.fixed = new Map(Object.entries(fixed).map(([word, tag]) => [word, this.numbers.get(tag)]));
    this.kindOf = (hash) => sets.get(hash) ?? 0;
    this.edge = { word: EDGE, own: [], neighbour: [] };
  }

  train(sentences) {
    const random = randomOf(1);
    for (const sentence of sentences) this.#count(this.#varied(sentence, random));
    this.perceptron.begin(LEAST_COUNT);
    const edgeRows = (distance) => this.perceptron.rowsOf(neighbourFeatures(EDGE, distance));
    this.edge.neighbour = DISTANCES.map(edgeRows);
    const easy = new Set();
    const order = [...sentences];
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      shuffle(order, random);
      for (const sentence of order) this.#learn(sentence, easy, random);
      console.error(`tags: epoch ${epoch + 1}, ${easy.size} easy words`);
    }
    this.perceptron.average();
  }

  /** Returns forms and tag numbers of a sentence, now and then without capitals, apostrophes or the final full stop. */
  #varied(sentence, random) {
    const draw = random();
    const stops = random() < 0.08 && sentence.length > 1 && sentence.at(-1).tag === ".";
    const tokens = stops ? sentence.slice(0, -1) : sentence;
    let forms = tokens.map(({ form }) => form);
    if (draw < 0.1) forms = forms.map((form) => form.toLowerCase());
    else if (draw < 0.115) forms = forms.map((form) => form.toUpperCase());
    else if (draw < 0.13) forms = forms.map((form) => form.charAt(0).toUpperCase() + form.slice(1));
    if (random() < 0.05) forms = withoutApostrophes(forms, 1, random);
    return { forms, tags: tokens.map(({ tag }) => this.numbers.get(tag)), isPlain: draw >= 0.13 };
  }

  #count({ forms, tags }) {
    const words = forms.map((form) => describeWord(form, this.kindOf));
    const wordAt = (place) => words[place] ?? EDGE;
    words.forEach((word, at) => {
      if (this.fixed.has(word.lower)) return;
      this.perceptron.count(ownFeatures(word));
      for (const distance of DISTANCES)
        this.perceptron.count(neighbourFeatures(wordAt(at + distance), distance));
      const [tag1, tag2] = [tags[at - 1] ?? this.start, tags[at - 2] ?? this.start];
      const neighbours = [wordAt(at - 2), wordAt(at - 1), word, wordAt(at + 1), wordAt(at + 2)];
      pairFeatures(this.#keys, ...neighbours, tag1, tag2);
      this.perceptron.count(this.#keys);
    });
  }

  #entry(form) {
    let entry = this.#words.get(form);
    if (!entry) {
      const word = describeWord(form, this.kindOf);
      const neighbour = DISTANCES.map((distance) =>
        this.perceptron.rowsOf(neighbourFeatures(word, distance)),
      );
      entry = { word, own: this.perceptron.rowsOf(ownFeatures(word)), neighbour };
      this.#words.set(form, entry);
    }
    return entry;
  }

  /** Returns the rows of a word without and with the features of pairs. */
  #rows(entries, at, tag1, tag2) {
    const entryAt = (place) => entries[place] ?? this.edge;
    const single = [...entries[at].own];
    DISTANCES.forEach((distance, index) => {
      single.push(...entryAt(at + distance).neighbour[index]);
    });
    const words = [-2, -1, 0, 1, 2].map((distance) => entryAt(at + distance).word);
    pairFeatures(this.#keys, ...words, tag1, tag2);
    return { single, pairs: this.perceptron.rowsOf(this.#keys) };
  }

  #learn(sentence, easy, random) {
    const { forms, tags, isPlain } = this.#varied(sentence, random);
    const entries = forms.map((form) => this.#entry(form));
    const scores = new Float32Array(this.start);
    let [tag1, tag2] = [this.start, this.start];
    for (let at = 0; at < entries.length; at++) {
      let tag = this.fixed.get(entries[at].word.lower);
      const token = sentence[at];
      if (tag === undefined && isPlain && easy.has(token) && random() < 0.8) tag = tags[at];
      if (tag === undefined) {
        const { single, pairs } = this.#rows(entries, at, tag1, tag2);
        const rows = single.concat(pairs);
        this.perceptron.addTo(scores.fill(0), rows);
        const lead = this.perceptron.learn(scores, rows, tags[at], 0);
        if (isPlain && lead > EASY) easy.add(token);
        else if (isPlain) easy.delete(token);
        tag = highest(scores);
      }
      [tag1, tag2] = [tag, tag1];
    }
  }

  /** Calls a function for each word whose tag is not fixed, with its scores without and with the features of pairs. */
  #decide(sentences, visit) {
    const labels = this.start;
    for (const sentence of sentences) {
      const entries = sentence.map(({ form }) => this.#entry(form));
      let [tag1, tag2] = [labels, labels];
      sentence.forEach((token, at) => {
        let tag = this.fixed.get(entries[at].word.lower);
        if (tag === undefined) {
          const { single, pairs } = this.#rows(entries, at, tag1, tag2);
          const without = new Float32Array(labels);
          this.perceptron.addTo(without, single);
          const scores = Float32Array.from(without);
          this.perceptron.addTo(scores, pairs);
          tag = highest(scores);
          visit(without, tag, this.numbers.get(token.tag));
        }
        [tag1, tag2] = [tag, tag1];
      });
    }
  }

  report(sentences) {
    let [right, all] = [0, 0];
    this.#decide(sentences, (_, tag, gold) => {
      right += tag === gold ? 1 : 0;
      all += 1;
    });
    console.error(`tags: ${((100 * right) / all).toFixed(2)} % of ${all} held-out words`);
  }

  /** Returns the lead of the best tag without pairs above which pairs practically never change it. */
  clearMargin(sentences) {
    const changes = [];
    let all = 0;
    this.#decide(sentences, (without, tag) => {
      const best = highest(without);
      if (best !== tag) changes.push(without[best] - without[highest(without, best)]);
      all += 1;
    });
    changes.sort((a, b) => b - a);
    return changes[Math.floor(HURRY_ERRORS * all)];
  }
}
