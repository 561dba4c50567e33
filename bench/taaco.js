// Measures the speed of the TAACO indices and their means over a corpus:
//   node bench/taaco.js [--data dialogues.csv] [--only speed,curve,means] [--texts 2000] [--workers 2] [--passes 6] [--dimensions 300]
// speed: milliseconds per dialogue for each step in one thread, on a sample, and dialogues per second on the pool, on the whole
//   corpus, with all indices and three random spaces of the most frequent lemmas. Wall time and processor time, since other work
//   affects wall time.
// curve: time per character of texts of up to a million characters, with and without line ends and punctuation.
// means: mean and standard deviation of the metrics that the original experiment published, with speaker labels in the text
//   (as published) and with turns.
import os from "node:os";
import path from "node:path";
import { readCsv } from "../dist/data/csv.js";
import { parseTurns } from "../dist/data/dialogue.js";
import { TEXT_FAMILIES } from "../dist/taaco/catalogue.js";
import { TaacoPool } from "../dist/taaco/pool/pool.js";
import { Taaco } from "../dist/taaco/taaco.js";
import { readArguments } from "../scripts/arguments.js";
import { evenSample, randomGenerator } from "../scripts/sampling.js";
import { frequentLemmas, randomSpaces } from "./random-spaces.js";
import { timed } from "./timed.js";

const USAGE =
  "node bench/taaco.js [--data dialogues.csv] [--only speed,curve,means] [--texts 2000] [--workers 2] [--dimensions 300]";
const { values: flags } = readArguments(USAGE, {
  options: {
    data: { type: "string", default: path.join(import.meta.dirname, "../data/starter/dialogues.csv") },
    only: { type: "string", default: "speed,curve,means" },
    texts: { type: "string", default: "2000" },
    passes: { type: "string", default: "6" },
    workers: { type: "string", default: String(os.availableParallelism()) },
    dimensions: { type: "string", default: "300" },
  },
});

const wanted = new Set(flags.only.split(","));
const rows = [];
for await (const { values } of readCsv(flags.data)) rows.push(values.text);
const dimensions = Number(flags.dimensions);

const line = (name, ...cells) => console.log(`| ${[name, ...cells].join(" | ")} |`);
const figure = (value, digits = 3) => value.toFixed(digits);

async function speed() {
  const texts = evenSample(rows, Number(flags.texts)).map((text) => ({ turns: parseTurns(text) }));
  const plain = await Taaco.create();
  const spaces = randomSpaces(
    frequentLemmas(
      texts.map((text) => plain.analyse(text)),
      20_000,
    ),
    dimensions,
  );
  const taaco = await Taaco.create({ spaces });
  const annotated = texts.map((text) => taaco.analyse(text));
  const models = annotated.map((paragraphs) => taaco.modelOf({ paragraphs }));
  const context = { mode: taaco.mode, lists: taaco.lists, spaces, connectives: taaco.connectives };
  console.log(`\n${texts.length} dialogues, three spaces of ${dimensions} dimensions\n`);
  line("step, one thread", "ms per dialogue (clock)", "ms (processor)");
  line("---", "---:", "---:");
  const step = async (name, each) => {
    for (const at of texts.keys()) if (at < 100) each(at);
    const { clock, cpu } = await timed(() => texts.forEach((_, at) => void each(at)));
    line(name, figure((1000 * clock) / texts.length), figure((1000 * cpu) / texts.length));
  };
  await step("language analysis", (at) => taaco.analyse(texts[at]));
  // The copy avoids the cache, which keeps the model of an annotated text.
  await step("classes", (at) => taaco.modelOf({ paragraphs: [...annotated[at]] }));
  for (const { title, entries, compute } of TEXT_FAMILIES) {
    await step(`${title} (${entries.length})`, (at) => compute(models[at], context));
  }
  await step("all of it", (at) => taaco.row(texts[at]));
  await poolSpeed(spaces);
}

/** Prints how fast threads score the whole corpus: at first, while they start and compile their code, and in later passes. */
async function poolSpeed(spaces) {
  const texts = rows.map((text) => ({ turns: parseTurns(text) }));
  const batches = Array.from({ length: Math.ceil(texts.length / 64) }, (_, at) =>
    texts.slice(64 * at, 64 * at + 64),
  );
  const pool = new TaacoPool({ workers: Number(flags.workers), spaces });
  console.log(`\npool of ${flags.workers}, ${texts.length} dialogues\n`);
  line("pass", "dialogues per second (clock)", "dialogues per second of processor time");
  line("---:", "---:", "---:");
  for (let pass = 1; pass <= Number(flags.passes); pass++) {
    const { clock, cpu } = await timed(() => Promise.all(batches.map((batch) => pool.indices(batch))));
    line(pass, figure(texts.length / clock, 0), figure(texts.length / cpu, 0));
  }
  await pool.close();
}

/** Returns a text of dialogues and artificial words. Its vocabulary grows with its size, as that of a real text does. */
function longText(size, ends) {
  const draw = randomGenerator(2);
  let text = "";
  for (let at = 0; text.length < size; at++) {
    const turns = parseTurns(rows[at % rows.length] ?? "").map((turn) => turn.text.replaceAll("\n", " "));
    const made = `it is a word${Math.floor(draw() * (100 + at))} again`;
    text += `${turns.join(ends ? "\n" : " ")} ${made}${ends ? "\n" : " "}`;
  }
  return ends ? text.slice(0, size) : text.slice(0, size).replace(/[.,?!;:-]/g, "");
}

async function curve() {
  const taaco = await Taaco.create({
    spaces: randomSpaces(["dog", "house", "be", "i", "the", "it", "like", "go"], dimensions),
  });
  taaco.indices(longText(20_000, true));
  console.log("\nmicroseconds of processor time a character, all indices\n");
  line("characters", "turns and sentences", "no line ends, no punctuation");
  line("---:", "---:", "---:");
  for (const size of [1e3, 1e4, 1e5, 1e6]) {
    const cells = [];
    for (const ends of [true, false]) {
      const text = longText(size, ends);
      const repeats = Math.max(1, Math.round(1e5 / size));
      const { cpu } = await timed(() => {
        for (let round = 0; round < repeats; round++) taaco.indices(text);
      });
      cells.push(figure((cpu * 1e6) / repeats / size, 2));
    }
    line(size.toLocaleString("en-US"), ...cells);
  }
}

const PUBLISHED = {
  noun_ttr: [0.67, 0.09],
  verb_ttr: [0.8, 0.18],
  adj_ttr: [0.84, 0.29],
  lemma_ttr: [0.62, 0.09],
  bigram_lemma_ttr: [0.92, 0.05],
  trigram_lemma_ttr: [0.98, 0.03],
  adjacent_overlap_all_sent: [0.1, 0.06],
  repeated_content_lemmas: [0.2, 0.06],
  repeated_content_and_pronoun_lemmas: [0.25, 0.07],
};

/** Returns the mean and the standard deviation of each published metric over the corpus. */
async function moments(mode, inputOf) {
  const taaco = await Taaco.create({ mode });
  const names = Object.keys(PUBLISHED);
  const sums = names.map(() => [0, 0, 0]);
  for (const text of rows) {
    const values = taaco.indices(inputOf(text), { only: names });
    names.forEach((name, at) => {
      const value = values[name];
      if (value === null) return;
      sums[at][0] += 1;
      sums[at][1] += value;
      sums[at][2] += value * value;
    });
  }
  return sums.map(([count, sum, squares]) => {
    const mean = sum / count;
    return `${figure(mean, 2)} (${figure(Math.sqrt(Math.max(0, squares / count - mean * mean)), 2)})`;
  });
}

async function means() {
  const columns = [
    await moments("faithful", (text) => text),
    await moments("faithful", (text) => ({ turns: parseTurns(text) })),
    await moments("corrected", (text) => ({ turns: parseTurns(text) })),
  ];
  console.log(`\nmean (population deviation) over ${rows.length.toLocaleString("en-US")} texts\n`);
  line("metric", "published", "faithful, labels in the text", "faithful, turns", "corrected, turns");
  line("---", "---:", "---:", "---:", "---:");
  Object.entries(PUBLISHED).forEach(([name, [mean, deviation]], at) => {
    line(
      `\`${name}\``,
      `${figure(mean, 2)} (${figure(deviation, 2)})`,
      ...columns.map((column) => column[at]),
    );
  });
}

console.log(
  `${os.cpus()[0]?.model ?? "processor unknown"}, ${os.availableParallelism()} threads, Node ${process.version}`,
);
if (wanted.has("speed")) await speed();
if (wanted.has("curve")) await curve();
if (wanted.has("means")) await means();
