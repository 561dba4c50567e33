import { describeWord } from "../../dist/taaco/analysis/features.js";
import { canHaveFlag, coarseTags, flagCandidate, flagFeatures } from "../../dist/taaco/analysis/flags.js";
import { canBegin, sentenceFeatures } from "../../dist/taaco/analysis/sentence-ends.js";
import { holdOut, randomOf, sentencesOf, shuffle, withoutApostrophes } from "./annotated.js";
import { AveragedPerceptron, highest } from "./averaged-perceptron.js";

const HELD_OUT = 30;
const LEAST_COUNT = 2;
const MARGIN = 1;

/** Learns where sentences begin. */
export function trainSentences(texts) {
  const examples = ({ tokens }) =>
    tokens.flatMap(({ begins }, at) =>
      canBegin(tokens, at) ? [{ keys: sentenceFeatures(tokens, at), label: begins ? 1 : 0 }] : [],
    );
  const spaced = texts.map((text) => ({
    tokens: text.map((token, at) => ({ ...token, spaced: at === 0 || text[at - 1].spaceAfter })),
  }));
  return train("sentences", ["", "begins"], spaced, examples, { epochs: 5, smallestWeight: 0.3 });
}

const FLAGS = ["", "A", "M", "D"];
const DEMONSTRATIVE = /^(?:this|that|these|those)$/;

/** Learns which words are auxiliaries, subordinating markers and demonstratives with their noun. */
export function trainFlags(texts, tagLabels) {
  const random = randomOf(5);
  const numbers = new Map(tagLabels.map((tag, number) => [tag, number]));
  const coarse = coarseTags(tagLabels);
  const examplesOf = (sentence) => {
    const forms = withoutApostrophes(
      sentence.map(({ form }) => form),
      0.04,
      random,
    );
    const words = forms.map((form) => describeWord(form, () => 1));
    const hashes = words.map(({ hash }) => hash);
    const tags = sentence.map(({ tag }) => numbers.get(tag) ?? 0);
    return sentence.flatMap(({ tag, flags }, at) =>
      canHaveFlag(flagCandidate(words[at].lower), tag)
        ? [{ keys: flagFeatures(hashes, tags, coarse, at), label: FLAGS.indexOf(flagOf(words[at], flags)) }]
        : [],
    );
  };
  const examples = (text) => sentencesOf(text).flatMap(examplesOf);
  return train("flags", FLAGS, texts, examples, { epochs: 4, smallestWeight: 0.3 });
}

function flagOf({ lower }, flags) {
  if (flags.includes("M")) return "M";
  if (flags.includes("D") && DEMONSTRATIVE.test(lower)) return "D";
  return flags.includes("A") ? "A" : "";
}

function train(name, labels, texts, examplesOf, { epochs, smallestWeight }) {
  const perceptron = new AveragedPerceptron(labels);
  const { training, heldOut } = holdOut(texts, HELD_OUT);
  const examples = training.flatMap(examplesOf);
  for (const { keys } of examples) perceptron.count(keys);
  perceptron.begin(LEAST_COUNT);
  const known = examples.map(({ keys, label }) => ({
    rows: Int32Array.from(perceptron.rowsOf(keys)),
    label,
  }));
  const scores = new Float32Array(labels.length);
  const random = randomOf(3);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(known, random);
    for (const { rows, label } of known) {
      perceptron.addTo(scores.fill(0), rows);
      perceptron.learn(scores, rows, label, MARGIN);
    }
  }
  perceptron.average();
  const unseen = heldOut.flatMap(examplesOf);
  const right = unseen.filter(({ keys, label }) => {
    perceptron.addTo(scores.fill(0), perceptron.rowsOf(keys));
    return highest(scores) === label;
  });
  console.error(
    `${name}: ${((100 * right.length) / unseen.length).toFixed(2)} % of ${unseen.length} held out`,
  );
  return perceptron.quantised(smallestWeight);
}
