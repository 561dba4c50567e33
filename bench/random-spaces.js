import { randomGenerator } from "./random.js";

/** Returns the most frequent lemmas of annotated texts, the most frequent first. */
export function frequentLemmas(annotated, most) {
  const counts = new Map();
  for (const [, lemma] of annotated.flat(3)) counts.set(lemma, (counts.get(lemma) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([lemma]) => lemma);
}

/** Returns a space of each kind with random vectors for lemmas. Their memory can be shared with workers. */
export function randomSpaces(lemmas, dimensions) {
  const draw = randomGenerator(1);
  const numbers = new Map(lemmas.map((lemma, row) => [lemma, row]));
  return ["lsa", "lda", "word2vec"].map((kind) => {
    const values = new Float32Array(new SharedArrayBuffer(4 * lemmas.length * dimensions));
    values.forEach((_, at) => {
      values[at] = kind === "lda" ? draw() : draw() - 0.5;
    });
    return { kind, dimensions, values, words: lemmas, row: (lemma) => numbers.get(lemma) ?? -1 };
  });
}
