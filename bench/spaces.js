// Measures the time to learn each kind of space, and the quality of the space. Each of 200 words is split at random into two
// artificial words. In a good space, each is the nearest neighbour of the other. Prints the mean reciprocal rank and the
// number of words that are ranked first.
//   node bench/spaces.js [--data dialogues.csv] [--kinds lsa,lda,word2vec] [--dimensions 100] [--topics 100] [--threads 0]
import os from "node:os";
import path from "node:path";
import { loadDialogues } from "../dist/data/load.js";
import { neighbours } from "../dist/spaces/nearest.js";
import { learnSpaces } from "../dist/spaces/spaces.js";
import { Taaco } from "../dist/taaco/taaco.js";
import { readArguments } from "../scripts/arguments.js";

const USAGE =
  "node bench/spaces.js [--data dialogues.csv] [--kinds lsa,lda,word2vec] [--dimensions 100] [--topics 100]\n" +
  "  [--threads 0] [--seed 0]";
const { values: flags } = readArguments(USAGE, {
  options: {
    data: { type: "string", default: path.join(import.meta.dirname, "../data/starter/dialogues.csv") },
    kinds: { type: "string", default: "lsa,lda,word2vec" },
    dimensions: { type: "string", default: "100" },
    topics: { type: "string", default: "100" },
    threads: { type: "string", default: "0" },
    seed: { type: "string", default: "0" },
  },
});
const PROBES = 200;

/**
 * Returns words of medium frequency. The most frequent words have no specific neighbours, and rare ones have too few
 * contexts.
 */
function chooseProbes(documents) {
  const counts = new Map();
  for (const word of documents.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).slice(60, 60 + 10 * PROBES);
  const usable = common.filter(([, count]) => count >= 10).map(([word]) => word);
  const step = Math.max(1, Math.floor(usable.length / PROBES));
  return usable.filter((_, index) => index % step === 0).slice(0, PROBES);
}

/**
 * Replaces each occurrence of a probe by one of its two halves, by a multiplicative hash of the number of the
 * occurrence.
 */
function splitProbes(documents, probes) {
  const wanted = new Set(probes);
  let occurrence = 0;
  const half = () => (Math.imul(++occurrence, 0x9e3779b1) >>> 17) & 1;
  return documents.map((words) => words.map((word) => (wanted.has(word) ? `${word}/${half()}` : word)));
}

const { dialogues } = await loadDialogues(flags.data);
const taaco = await Taaco.create();
const began = performance.now();
const plain = dialogues.map(({ turns }) => {
  const { lemmas, vocabulary } = taaco.modelOf({ turns });
  return Array.from(lemmas, (lemma) => vocabulary[lemma]);
});
const analysis = (performance.now() - began) / 1000;
const probes = chooseProbes(plain);
const documents = splitProbes(plain, probes);
const tokens = documents.reduce((sum, { length }) => sum + length, 0);
console.log(`${os.cpus()[0]?.model ?? "unknown processor"}, ${os.availableParallelism()} cores`);
console.log(
  `${documents.length} dialogues, ${tokens} lemmas; language analysis ${analysis.toFixed(1)} s, one thread`,
);

for (const kind of flags.kinds.split(",")) {
  const start = performance.now();
  const [space] = await learnSpaces(documents, {
    kinds: [kind],
    dimensions: Number(flags.dimensions),
    topics: Number(flags.topics),
    threads: Number(flags.threads),
    seed: Number(flags.seed),
  });
  const seconds = (performance.now() - start) / 1000;
  const ranks = probes.map((word) => {
    const near = neighbours(space, `${word}/0`, space.words.length);
    return 1 + near.findIndex((neighbour) => neighbour.word === `${word}/1`);
  });
  const found = ranks.filter((rank) => rank > 0);
  const reciprocal = found.reduce((sum, rank) => sum + 1 / rank, 0) / probes.length;
  const first = ranks.filter((rank) => rank === 1).length;
  console.log(
    `${kind.padEnd(9)} ${seconds.toFixed(1).padStart(5)} s  ${space.words.length} x ${space.dimensions}` +
      `  reciprocal rank ${reciprocal.toFixed(3)}, first ${first} of ${probes.length}`,
  );
}
